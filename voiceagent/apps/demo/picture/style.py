"""Colours and letters of the picture; follows the viewer's light or dark setting."""

from typing import Final

STYLE: Final = """
svg { --paper:#fcfbf8; --card:#ffffff; --line:#e4e1d9; --ink:#23262d; --soft:#767b86; --caller:#3f5fd8; --agent:#c9772b;
  --caller-wash:#3f5fd814; --agent-wash:#c9772b14; --good:#2c8a57; --bad:#c8324b; --work:#7a4fc2;
  font-family: Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --paper:#15171c; --card:#1c1f26; --line:#30343d; --ink:#e9e7e1;
  --soft:#979ca8; --caller:#8ba2ff; --agent:#f0a860; --caller-wash:#8ba2ff1c; --agent-wash:#f0a8601c; --good:#5fce93;
  --bad:#ff7388;  --work:#b797f5; } }
.paper { fill:var(--paper); } .card { fill:var(--card); stroke:var(--line); }
text { fill:var(--ink); font-size:12px; } .soft { fill:var(--soft); } .small { font-size:10.5px; }
.note { fill:var(--soft); font-size:9px; letter-spacing:.6px; text-transform:uppercase; }
.title { font-size:21px; font-weight:650; letter-spacing:-0.2px; } .value { font-size:19px; font-weight:600; }
.caller { fill:var(--caller); } .agent { fill:var(--agent); } .good { fill:var(--good); } .bad { fill:var(--bad); }
.plain { fill:var(--soft); } .work { fill:var(--work); } .strong { font-weight:600; }
.wash-caller { fill:var(--caller-wash); } .wash-agent { fill:var(--agent-wash); }
.unspoken { fill:var(--soft); text-decoration:line-through; opacity:.75; }
.rule { stroke:var(--line); stroke-width:1; } .tick { stroke:var(--line); stroke-width:1; stroke-dasharray:1 3; }
.bracket { fill:none; stroke-width:1.6; stroke-linecap:round; } .response { stroke:var(--good); }
.stop { stroke:var(--bad); }
.ring { fill:var(--card); stroke-width:1.6; }
.ring.agent { stroke:var(--agent); } .ring.caller { stroke:var(--caller); }
.ring.bad { stroke:var(--bad); } .rec { stroke:var(--bad); stroke-width:2; opacity:.55; }
"""
