"""A whole voiceagent installation on free ports, supervised from a thread of the test run."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import yaml

from tests.acceptance.harness.api import Api
from tests.acceptance.harness.paying import write_paying_profile
from voiceagent.apps.free_ports import free_port_range
from voiceagent.apps.platform import Platform, start_platform
from voiceagent.apps.prompt_audio import load_prompts
from voiceagent.audio.frame import Pcm
from voiceagent.config.profile_file import DEFAULT_PROFILE, default_profile, load_profile
from voiceagent.config.settings import NumberSettings, Settings, SipSettings
from voiceagent.config.trunk_settings import OutboundTrunkSettings, TrunkSettings
from voiceagent.conversation.profile import AgentProfile

ORDERS, BRIEF = "+15550100", "+15550101"  # the shipped profile, and one that says everything in few words
PAYING = "+15550103"  # takes card numbers (see `paying`)
OUTSIDE = "+12025550102"  # what people see whom we call; the brief profile's, as somebody who calls
PEOPLE = "sip:people@pbx.test"  # where the brief profile puts callers through to, also by key 0
CARRIER_IP, STRANGER_IP = "127.0.0.3", "127.0.0.2"
CARRIER_PASSWORD = "an acceptance password"
_PASSWORD_ENV = "ACCEPTANCE_CARRIER_PASSWORD"
_START_S, _STOP_S = 240.0, 60.0


def wait_until(done: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Poll `done`; fails with `what` on timeout."""
    deadline_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline_s, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.05)


def write_brief_profile(path: Path) -> Path:
    """The shipped profile with short texts and short waits: most tests are not about listening to them."""
    document: dict[str, Any] = yaml.safe_load(DEFAULT_PROFILE.read_text())
    document["name"] = "brief"
    document["voice"]["words_per_minute"] = 220
    document["opening"] |= {
        "disclosure": "Hello, I am an AI assistant.",
        "notice": "This call can be recorded.",
        "question": "May we do that, yes or no?",
        "thanks_denied": "Nothing is recorded.",
        "answer_timeout_s": 2,
    }
    document["greeting"] = "How can I help?"
    document["slots"]["order_number"]["ask"] = "What is the order number?"
    document["intents"]["order_status"] |= {
        "say": "Thank you, {first_name}. Order {order_number_spoken}, the {item}, will arrive {eta}.",
        "not_found": "I can not find an order {order_number_spoken}.",
    }
    document["intents"]["opening_hours"]["say"] = "We are here from eight in the morning to six in the evening."
    document["intents"]["goodbye"]["say"] = "Thank you. Goodbye."
    document["intents"]["talk_to_person"] |= {
        "phrases": [*document["intents"]["talk_to_person"]["phrases"], "zero"],
        "say": "I am putting you through.",
        "then": "transfer",
        "transfer_to": PEOPLE,
    }
    document["callback"] = {
        "unreached": "Nobody answers.",
        "offer": "Shall we call you back?",
        "check": "{number}. Is that right?",
        "agreed": "We will call you back on {number}.",
    }
    document["withdrawal"] = {"keeps_earlier": True, "stopped": "Nothing more is recorded."}
    document["apology"] = "I am sorry, something went wrong on our side. Goodbye."
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def write_calling_profile(path: Path, brief: Path) -> Path:
    """The brief profile, who calls."""
    document: dict[str, Any] = yaml.safe_load(brief.read_text())
    document["name"] = "calling"
    document["outbound"] = {
        "identification": "Hello, this is Sky Parcels. I am an AI assistant.",
        "offer": "To be called no more, press 9.",
        "reach_us": "You can call us back at this number.",
        "greeting": "Your parcel comes tomorrow.",
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def settings_for(folder: Path, *, cells: int = 1) -> Settings:
    """Free ports, the profiles, a trunk for this machine and one for a carrier with a password."""
    os.environ[_PASSWORD_ENV] = CARRIER_PASSWORD
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(temporary)
    brief = write_brief_profile(folder / "brief.yaml")
    calling = write_calling_profile(folder / "calling.yaml", brief)
    paying = write_paying_profile(folder / "paying", brief)
    callee = OutboundTrunkSettings(address=f"127.0.0.1:{free_port_range('127.0.0.1', 1)}")
    return Settings(
        state_dir=folder / "state",
        sip=SipSettings(lines=4 * cells),
        profiles=(brief, calling, paying),
        numbers=(
            NumberSettings(number=ORDERS, profile="orders"),
            NumberSettings(number=BRIEF, profile="brief"),
            NumberSettings(number=OUTSIDE, profile="calling"),
            NumberSettings(number=PAYING, profile="paying"),
        ),
        trunks=(
            TrunkSettings(name="local", allow=("127.0.0.1/32",), outbound=callee),
            TrunkSettings(name="carrier", allow=(f"{CARRIER_IP}/32",), username="carrier", password_env=_PASSWORD_ENV),
        ),
    ).with_free_ports()


class Installation:
    """`with Installation(settings) as house`: everything runs; leaving stops it and checks that nothing is left."""

    def __init__(self, settings: Settings) -> None:
        self.platform: Platform
        self.api: Api
        self.profiles: dict[str, AgentProfile] = {"orders": default_profile()}
        self.profiles |= {profile.name: profile for profile in map(load_profile, settings.profiles)}
        self._settings = settings
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    @property
    def state(self) -> Path:
        return self.platform.state_dir

    @property
    def temporary(self) -> Path:
        """Where its processes put temporary files."""
        return self.state.parent / "tmp"

    def uri(self, number: str, cell: int = 0) -> str:
        """Where to call `number` on that gateway cell."""
        sip = self.platform.settings.sip
        return f"sip:{number}@{sip.host}:{sip.port + cell}"

    def prompts(self, profile: str) -> dict[str, Pcm]:
        """Text -> what the agent plays for it."""
        rendered = load_prompts(self.state, self.profiles[profile])
        return {text: chunk.pcm for text, chunk in rendered.items()}

    def pid(self, name: str) -> int:
        """Of a process that must be running."""
        wait_until(lambda: self.platform.pids()[name] is not None, 20, f"{name} runs")
        pid = self.platform.pids()[name]
        assert pid is not None
        return pid

    def kill(self, name: str) -> int:
        """SIGKILL; the pid that was killed."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_for_successor(self, name: str, killed_pid: int, timeout_s: float = 40.0) -> None:
        """The supervisor has started the process again and it says that it serves."""

        def serves() -> bool:
            pid = self.platform.pids()[name]
            if pid is None or pid == killed_pid:
                return False
            ready = self.state / "run" / f"{name}.ready"
            return name in self.platform.embedded or (ready.exists() and ready.read_text() == str(pid))

        wait_until(serves, timeout_s, f"{name} is back")

    def log(self, name: str) -> str:
        """What a process has logged."""
        return (self.platform.logs_dir / f"{name}.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._up.wait(_START_S), "the platform did not start in time"
        if self._failure is not None:
            raise self._failure
        self.api = Api(self.platform.api_url, self.platform.api_key)
        return self

    def __exit__(self, *_: object) -> None:
        self.api.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STOP_S)
        assert not self._thread.is_alive(), "the platform did not stop in time"
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._supervise())
        except BaseException as failure:  # noqa: BLE001 - told in the thread of the tests
            self._failure = failure
        finally:
            self._up.set()

    async def _supervise(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with start_platform(self._settings, own_key=True) as self.platform:
            self._up.set()
            await self._stop.wait()
