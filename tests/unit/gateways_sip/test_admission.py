import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest

from voiceagent.core.ids import TrunkId
from voiceagent.core.termination import Reason
from voiceagent.gateways.sip.admission import Admission, Challenge, ReplayGuard
from voiceagent.gateways.sip.invite import Invite
from voiceagent.telephony.digest import DigestCredentials
from voiceagent.telephony.routing import Accepted, Directory, Number, Refused, Trunk


class HandClock:
    def __init__(self):
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self):
        return self.at.timestamp()

    def now(self):
        return self.at


def directory():
    credentials = DigestCredentials.from_password("alice", "lab", "secret")
    trunk = Trunk(trunk_id=TrunkId("trk_1"), name="lab", allow=("192.0.2.0/24",), digest=credentials)
    return Directory(trunks=(trunk,), numbers=(Number(number="100", profile="desk"),))


def invite(authorization=(), callee="100"):
    return Invite(
        caller="bob",
        callee=callee,
        sip_call_id="1",
        source_ip="192.0.2.1",
        source="192.0.2.1:5060",
        authorization=authorization,
        has_offer=True,
    )


def reply(challenge, secret, *, count=1):
    """What a phone sends back to the MD5 challenge."""
    nonce = re.search(r'nonce="([^"]+)"', challenge.headers[-1]).group(1)

    def md5(text):
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    ha1, ha2 = md5(f"alice:lab:{secret}"), md5("INVITE:sip:100@h")
    response = md5(f"{ha1}:{nonce}:{count:08x}:c:auth:{ha2}")
    header = (
        f'Digest username="alice", realm="lab", nonce="{nonce}", uri="sip:100@h", response="{response}", '
        f'cnonce="c", qop=auth, nc={count:08x}, algorithm=MD5'
    )
    return (header,)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def admission(clock):
    return Admission(directory, secret=b"", lifetime_s=60.0, clock=clock)


def test_the_challenge_can_be_answered_once(admission):
    challenge = admission.judge(invite())
    assert isinstance(challenge, Challenge)

    first = admission.judge(invite(reply(challenge, "secret")))
    replayed = admission.judge(invite(reply(challenge, "secret")))
    next_count = admission.judge(invite(reply(challenge, "secret", count=2)))

    assert isinstance(first, Accepted)
    assert isinstance(replayed, Refused)
    assert "replay" in replayed.explanation
    assert isinstance(next_count, Accepted)


def test_a_wrong_password_is_refused(admission):
    refused = admission.judge(invite(reply(admission.judge(invite()), "guess")))

    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BAD_CREDENTIALS


def test_an_answer_that_comes_too_late_is_challenged_again(admission, clock):
    late = reply(admission.judge(invite()), "secret")
    clock.at += timedelta(seconds=61)

    again = admission.judge(invite(late))

    assert isinstance(again, Challenge)
    assert all("stale=true" in header for header in again.headers)


def test_no_two_challenges_share_a_nonce(admission):
    assert admission.judge(invite()) != admission.judge(invite())


def test_an_incomplete_invite_is_malformed(admission):
    refused = admission.judge(invite(callee=""))

    assert isinstance(refused, Refused)
    assert (refused.sip_code, refused.reason) == (400, Reason.MALFORMED)


def test_the_trunk_of_a_refused_call_is_known_without_credentials(admission):
    assert admission.trunk_name(invite()) == "lab"


def test_replay_memory_is_forgotten_with_the_nonces():
    guard = ReplayGuard(60.0)

    assert guard.accept("a", 1, 0.0)
    assert not guard.accept("a", 1, 59.0)
    assert not guard.accept("a", 0, 59.0)
    assert guard.accept("b", 1, 61.0)
    assert len(guard._seen) == 1
