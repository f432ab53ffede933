import asyncio
import io
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from voiceagent.config.logging import LogOptions, set_up_logging
from voiceagent.core.errors import ConfigError, Damaged, NotFound, Unavailable, VoiceagentError
from voiceagent.records.at_rest.aws_client import BotoKms
from voiceagent.records.at_rest.aws_keys import AwsKeys
from voiceagent.records.at_rest.keys import WrappedKey
from voiceagent.testing.clock import ManualClock
from voiceagent.testing.key_provider_contract import SECRET, TENANT, Doors, KeyProviderContract
from voiceagent.testing.vendors.aws_kms import REGION, AwsKmsServer, refuses
from voiceagent.testing.vendors.server import answers, hangs, passes

ALIAS = "alias/voiceagent/ten_a"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def two_doors(kms: AwsKmsServer, boto: BotoKms, clock: ManualClock) -> Iterator[Doors]:
    doors = opened(boto, clock), opened(boto, clock)
    yield doors
    for door in doors:
        door.close()


@pytest.fixture
def keys(two_doors: tuple[AwsKeys, AwsKeys]) -> AwsKeys:
    return two_doors[0]


def opened(boto: BotoKms, clock: ManualClock, *, makes_keys: bool = True) -> AwsKeys:
    return AwsKeys(boto, region=REGION, alias_prefix="voiceagent/", clock=clock, makes_keys=makes_keys)


class TestContract(KeyProviderContract):
    @pytest.fixture
    def two_doors(self, two_doors: Doors) -> Doors:
        return two_doors


async def test_a_tenant_has_one_key_of_ours_however_many_come_first_at_once(keys: AwsKeys, kms: AwsKmsServer) -> None:
    await asyncio.gather(*(keys.wrap(TENANT, SECRET, b"dek_1") for _ in range(4)))

    ((arn, key),) = kms.keys.items()
    assert kms.aliases == {ALIAS: arn}
    assert key.tags == {"voiceagent": "wrapping-key", "voiceagent-tenant": TENANT}


async def test_what_a_data_key_is_for_stands_in_cloudtrail(keys: AwsKeys, kms: AwsKmsServer) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"data key|ten_a|dek_1|call_1|audio")
    await keys.unwrap(TENANT, wrapped, b"data key|ten_a|dek_1|call_1|audio")

    operation, parameters = kms.said[-1]
    assert operation == "Decrypt"
    assert parameters["EncryptionContext"] == {"tenant": "ten_a", "binding": "data key|ten_a|dek_1|call_1|audio"}
    assert parameters["KeyId"] == kms.aliases[ALIAS]


async def test_a_key_that_is_not_known_everywhere_yet_is_waited_for(keys: AwsKeys, kms: AwsKmsServer) -> None:
    kms.late = 2

    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    again = await keys.wrap(TENANT, SECRET, b"dek_2")

    assert len(kms.keys) == 1
    assert wrapped.kek_id == again.kek_id


async def test_a_key_whose_alias_was_refused_is_taken_up_again(keys: AwsKeys, kms: AwsKmsServer) -> None:
    """A job that is tried thirty times shall not leave thirty keys to be paid for."""
    kms.faults.extend([passes, passes, passes, refuses("KMSInvalidStateException")])
    with pytest.raises(Unavailable, match="CreateAlias"):
        await keys.wrap(TENANT, SECRET, b"dek_1")

    await keys.wrap(TENANT, SECRET, b"dek_1")

    assert list(kms.keys) == [kms.aliases[ALIAS]]


async def test_nobody_is_told_to_delete_a_key_in_use_because_an_answer_was_lost(
    keys: AwsKeys, kms: AwsKmsServer
) -> None:
    kms.faults.extend([passes, passes, passes, hangs(0.0, carried_out=True)])

    with capture_logs() as logs:
        wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")

    assert wrapped.kek_id == f"aws:{kms.aliases[ALIAS]}"
    assert logs == []


async def test_a_key_that_came_second_is_named(two_doors: tuple[AwsKeys, AwsKeys], kms: AwsKmsServer) -> None:
    with capture_logs() as logs:
        await asyncio.gather(*(door.wrap(TENANT, SECRET, b"dek_1") for door in two_doors))

    unused = set(kms.keys) - {kms.aliases[ALIAS]}
    assert [log["key"] for log in logs] == list(unused)


async def test_after_a_rotation_an_alias_that_still_leads_to_the_old_key_is_not_asked(
    keys: AwsKeys, kms: AwsKmsServer, clock: ManualClock
) -> None:
    await keys.wrap(TENANT, SECRET, b"dek_1")
    kms.late = 3
    newest = await keys.rotate(TENANT)

    assert (await keys.wrap(TENANT, SECRET, b"dek_1")).kek_id == newest

    clock.advance(301)
    kms.late, _ = 0, await keys.wrap(TENANT, SECRET, b"dek_1")
    operation, parameters = kms.said[-1]
    assert (operation, parameters["KeyId"]) == ("Encrypt", ALIAS)  # so that a rotation elsewhere is followed


async def test_a_role_that_may_not_make_keys_is_told_which_alias_is_missing(keys: AwsKeys, kms: AwsKmsServer) -> None:
    kms.faults.extend([refuses("NotFoundException"), refuses("AccessDeniedException")])

    with pytest.raises(ConfigError, match="kms:CreateKey of a key for alias/voiceagent/ten_a"):
        await keys.wrap(TENANT, SECRET, b"dek_1")


async def test_who_only_looks_makes_no_key(boto: BotoKms, kms: AwsKmsServer, clock: ManualClock) -> None:
    keys = opened(boto, clock, makes_keys=False)

    with pytest.raises(NotFound, match="alias/voiceagent/ten_a is not there yet"):
        await keys.wrap(TENANT, SECRET, b"dek_1")

    assert not kms.keys
    keys.close()


@pytest.mark.parametrize(
    ("code", "kind", "remedy"),
    [
        ("NotFoundException", NotFound, "is gone"),
        ("InvalidCiphertextException", Damaged, "under this name"),
        ("IncorrectKeyException", Damaged, "under this name"),
        ("DisabledException", Unavailable, "enable the key"),
        ("KMSInvalidStateException", Unavailable, "deletion is pending"),
        ("AccessDeniedException", ConfigError, "kms:Decrypt of arn:.*allow that in the policies"),
        ("ExpiredTokenException", ConfigError, "valid credentials"),
        ("UnrecognizedClientException", ConfigError, "valid credentials"),
        ("InvalidSignatureException", ConfigError, "valid credentials"),
        ("ValidationException", ConfigError, "SYMMETRIC_DEFAULT"),
    ],
)
async def test_what_kms_refuses_is_told_with_a_remedy_and_without_its_text(
    keys: AwsKeys, kms: AwsKmsServer, code: str, kind: type[VoiceagentError], remedy: str
) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    kms.faults.append(refuses(code))

    with pytest.raises(kind, match=remedy) as raised:
        await keys.unwrap(TENANT, wrapped, b"dek_1")

    assert code in str(raised.value)
    assert "secret-session-token" not in str(raised.value)
    assert raised.value.__suppress_context__  # nor is it in the traceback of a log


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
async def test_a_key_that_is_switched_off_is_not_given_up(keys: AwsKeys, kms: AwsKmsServer, state: str) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    (key,) = kms.keys.values()
    key.state = state

    with pytest.raises(Unavailable):
        await keys.unwrap(TENANT, wrapped, b"dek_1")

    key.state = "Enabled"
    assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET


async def test_throttling_passes_by_itself_or_is_told(keys: AwsKeys, kms: AwsKmsServer) -> None:
    wrapped = await keys.wrap(TENANT, SECRET, b"dek_1")
    kms.faults.append(refuses("ThrottlingException"))

    assert await keys.unwrap(TENANT, wrapped, b"dek_1") == SECRET


async def test_a_kms_that_is_down_is_unavailable(keys: AwsKeys, kms: AwsKmsServer, boto: BotoKms) -> None:
    kms.faults.extend([refuses("KMSInternalException", 500), answers(503, b"")] * 2)

    with pytest.raises(Unavailable, match="try again"):
        await keys.wrap(TENANT, SECRET, b"dek_1")


async def test_a_key_of_another_region_is_not_asked_for(keys: AwsKeys, kms: AwsKmsServer) -> None:
    elsewhere = "aws:arn:aws:kms:us-east-1:111122223333:key/6a4f"

    with pytest.raises(ConfigError, match="is not in eu-central-1"):
        await keys.unwrap(TENANT, WrappedKey(kek_id=elsewhere, wrapped=b"x"), b"dek_1")

    assert not kms.seen


async def test_without_credentials_it_is_said_where_they_go(
    kms: AwsKmsServer, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    keys = opened(BotoKms(REGION, kms.url), clock)

    with pytest.raises(ConfigError, match="AWS_ACCESS_KEY_ID"):
        await keys.wrap(TENANT, SECRET, b"dek_1")
    keys.close()


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)

    with pytest.raises(ConfigError, match=r"pip install 'voiceagent\[aws\]'"):
        BotoKms(REGION)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What a process writes at its most talkative."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    set_up_logging(LogOptions(process="jobs", level="debug"), stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


async def test_no_log_of_a_library_holds_a_data_key(keys: AwsKeys, logged: io.StringIO) -> None:
    await keys.unwrap(TENANT, await keys.wrap(TENANT, b"plain-as-can-be!", b"dek_1"), b"dek_1")
    logging.getLogger("another").debug("is heard")

    assert "is heard" in logged.getvalue()
    assert "plain-as-can-be!" not in logged.getvalue()
    assert "cGxhaW4tYXMtY2FuLWJlIQ" not in logged.getvalue()  # the same in Base64
