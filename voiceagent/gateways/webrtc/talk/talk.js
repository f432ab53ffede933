"use strict";
// One button: place a call, end a call. The token comes in the URL fragment, which browsers never send to a server.
(() => {
  const $ = (id) => document.getElementById(id);
  const button = $("talk"), label = $("label"), state = $("state"), hint = $("hint"), voice = $("voice");
  const captions = $("captions"), keypad = $("keypad");
  const SAY = {
    ready: ["Ready", "Talk"],
    connecting: ["Connecting…", "Cancel"],
    talking: ["Connected", "Hang up"],
    ended: ["Call ended", "Talk again"],
    failed: ["The call did not work", "Try again"],
  };
  let call = null; // the running call, or null

  const token = () => new URLSearchParams(location.hash.slice(1)).get("token") || "";

  function show(name, note) {
    const [text, action] = SAY[name];
    button.dataset.state = name;
    state.textContent = text;
    label.textContent = action;
    if (note !== undefined) hint.textContent = note;
    keypad.hidden = name !== "talking";
  }

  function end(which, name, note) {
    if (call !== which || which === null) return;
    call = null;
    which.microphone?.getTracks().forEach((track) => track.stop());
    which.peer?.close();
    which.meter?.close();
    voice.srcObject = null;
    show(name, note);
  }

  function addCaption(message) {
    captions.hidden = false;
    const last = captions.lastElementChild;
    const goesOn = last && last.classList.contains("partial") && last.dataset.speaker === message.speaker;
    const line = goesOn ? last : captions.appendChild(document.createElement("p"));
    line.dataset.speaker = message.speaker;
    line.className = message.final === false ? "partial" : "";
    const who = document.createElement("b");
    who.textContent = message.speaker === "agent" ? "Assistant" : "You";
    line.replaceChildren(who, document.createTextNode(String(message.text ?? "")));
    while (captions.childElementCount > 200) captions.firstElementChild.remove();
    captions.scrollTop = captions.scrollHeight;
  }

  function onMessage(which, text) {
    let message;
    try { message = JSON.parse(text); } catch { return; }
    if (message.type === "caption") addCaption(message);
    if (message.type === "ended") end(which, "ended", "");
  }

  async function gathered(peer) { // our candidates travel in the offer: one request, no trickle
    if (peer.iceGatheringState === "complete") return;
    await Promise.race([
      new Promise((done) => peer.addEventListener("icegatheringstatechange", () => {
        if (peer.iceGatheringState === "complete") done();
      })),
      new Promise((done) => setTimeout(done, 2000)),
    ]);
  }

  async function exchange(peer) {
    const response = await fetch("/v1/webrtc/offer", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token()}` },
      body: JSON.stringify({ type: "offer", sdp: peer.localDescription.sdp }),
    });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.detail || `The server answered ${response.status}.`);
    await peer.setRemoteDescription(body);
  }

  function watchLevel(which, stream) { // the ring follows the assistant's voice
    const context = which.meter = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      if (call !== which) return;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
      button.style.setProperty("--level", Math.min(1, Math.sqrt(power) * 6).toFixed(2));
      requestAnimationFrame(draw);
    };
    draw();
  }

  async function start() {
    const mine = call = {};
    captions.replaceChildren();
    captions.hidden = true;
    show("connecting", "");
    try {
      if (!token()) throw new Error("This link has no token. Ask for a new link.");
      if (!navigator.mediaDevices) throw new Error("Browsers allow the microphone on https pages and localhost only.");
      mine.microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
      });
      if (call !== mine) { mine.microphone.getTracks().forEach((track) => track.stop()); return; }
      const peer = mine.peer = new RTCPeerConnection();
      mine.channel = peer.createDataChannel("side");
      mine.channel.onmessage = (event) => onMessage(mine, event.data);
      mine.channel.onclose = () => end(mine, "ended", "");
      peer.ontrack = (event) => {
        const stream = new MediaStream([event.track]);
        voice.srcObject = stream;
        watchLevel(mine, stream);
      };
      peer.onconnectionstatechange = () => {
        if (call !== mine) return;
        if (peer.connectionState === "connected") show("talking", "");
        if (peer.connectionState === "failed") end(mine, "failed", "The connection was lost.");
        if (peer.connectionState === "closed") end(mine, "ended", "");
      };
      mine.microphone.getTracks().forEach((track) => peer.addTrack(track, mine.microphone));
      await peer.setLocalDescription(await peer.createOffer());
      await gathered(peer);
      if (call === mine) await exchange(peer);
    } catch (error) {
      const refused = error.name === "NotAllowedError" || error.name === "NotFoundError";
      end(mine, "failed", refused ? "The microphone is not available. Allow it and try again." : error.message);
    }
  }

  function hangUp() {
    const mine = call;
    if (mine?.channel?.readyState === "open") mine.channel.send(JSON.stringify({ type: "hangup" }));
    // the message needs a moment to leave; the page need not wait for it
    mine?.microphone?.getTracks().forEach((track) => track.stop());
    const peer = mine?.peer;
    if (peer) { mine.peer = null; setTimeout(() => peer.close(), 150); }
    end(mine, "ended", "");
  }

  function press(digit) {
    if (call?.channel?.readyState === "open") call.channel.send(JSON.stringify({ digit }));
  }

  for (const digit of "123456789*0#") {
    const key = document.createElement("button");
    key.type = "button";
    key.textContent = digit;
    key.addEventListener("click", () => press(digit));
    keypad.querySelector(".keys").append(key);
  }
  button.addEventListener("click", () => (call ? hangUp() : start()));
  addEventListener("keydown", (event) => {
    if (call && /^[0-9*#]$/.test(event.key) && !event.ctrlKey && !event.metaKey) press(event.key);
  });
  addEventListener("pagehide", hangUp);
  if (!token()) show("failed", "This link has no token. Ask for a new link.");
})();
