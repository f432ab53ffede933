"""A tool ends as data, whatever it does, and never learns from the talk who is calling."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import msgspec
import pytest

from voiceagent.background.reporting import Report
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus
from voiceagent.background.tool_registry import ToolRegistry
from voiceagent.background.tool_results import MAX_TEXT
from voiceagent.background.tools import Caller, Effect, IdempotencyKey, Tool, tool
from voiceagent.core.errors import BadInput, ConfigError, NotFound, UpstreamUnavailable
from voiceagent.core.ids import CallId, TenantId

ANNA = Caller(number="anna", tenant_id=TenantId("ten_1"), call_id=CallId("call_1"))


@tool(name="shop.count", effect=Effect.READ)
async def count(caller: Caller, item: Annotated[str, msgspec.Meta(max_length=10)], limit: int = 3) -> dict[str, Any]:
    """Count items."""
    return {"item": item, "limit": limit, "who": caller.number}


def tool_that(function: Any, timeout_s: float = 5.0) -> Tool:
    return tool(name="shop.it", effect=Effect.READ, timeout_s=timeout_s)(function)


async def outcome_of(one: Tool, clock: Any, **arguments: Any) -> ToolOutcome:
    return await one.call(arguments, caller=ANNA, clock=clock)


async def test_arguments_are_converted_to_the_signature_and_the_caller_is_injected(clock):
    outcome = await outcome_of(count, clock, item="boots", limit="7")

    assert outcome.status is ToolStatus.OK
    assert outcome.result == {"item": "boots", "limit": 7, "who": "anna"}
    assert outcome.arguments == {"item": "boots", "limit": 7}


def test_the_schema_describes_the_arguments_and_hides_the_caller():
    schema = count.schema()

    fields = schema["$defs"]["ShopCount"]
    assert fields["properties"]["item"] == {"type": "string", "maxLength": 10}
    assert fields["properties"]["limit"] == {"type": "integer", "default": 3}
    assert fields["required"] == ["item"]
    assert fields["additionalProperties"] is False
    assert count.description == "Count items."


@pytest.mark.parametrize(
    "arguments",
    [{}, {"item": "a" * 11}, {"item": "a", "limit": "many"}, {"item": "a", "caller": "ben"}, {"item": "a", "x": "1"}],
    ids=["missing", "too long", "wrong type", "names the caller", "unknown"],
)
async def test_arguments_that_do_not_fit_are_refused_without_running_the_tool(clock, arguments):
    outcome = await outcome_of(count, clock, **arguments)

    assert outcome.status is ToolStatus.ERROR
    assert outcome.error.startswith("arguments of shop.count do not fit")
    assert not outcome.unavailable
    assert outcome.result == {}


@pytest.mark.parametrize("number", ["nan", float("-inf"), float("inf")])
async def test_a_number_that_no_store_could_keep_is_refused(clock, number):
    async def pay(amount: float) -> dict[str, Any]:
        return {}

    outcome = await outcome_of(tool_that(pay), clock, amount=number)

    assert (outcome.status, outcome.error) == (ToolStatus.ERROR, "an argument is no finite number")


async def test_what_is_recorded_of_arguments_is_plain(clock):
    async def visit(on: date) -> dict[str, Any]:
        return {"month": on.month}

    outcome = await outcome_of(tool_that(visit), clock, on="2027-03-23")

    assert (outcome.arguments, outcome.result) == ({"on": "2027-03-23"}, {"month": 3})


def test_validate_raises_for_a_caller_in_the_arguments():
    with pytest.raises(BadInput, match="caller"):
        count.validate({"item": "boots", "caller": "ben"})


async def test_a_tool_without_an_answer_times_out_and_counts_as_unavailable(clock):
    async def hang() -> dict[str, Any]:
        clock.seconds += 1.25
        await asyncio.Event().wait()
        return {}

    outcome = await outcome_of(tool_that(hang, timeout_s=0.01), clock)

    assert outcome.status is ToolStatus.TIMEOUT
    assert outcome.unavailable
    assert outcome.duration_ms == 1250


async def test_a_system_that_is_away_is_an_error_that_says_so(clock):
    async def fail() -> dict[str, Any]:
        raise UpstreamUnavailable("the CRM does not answer")

    outcome = await outcome_of(tool_that(fail), clock)

    assert (outcome.status, outcome.error, outcome.unavailable) == (ToolStatus.ERROR, "the CRM does not answer", True)


async def test_a_strangers_exception_tells_its_type_only(clock):
    async def fail() -> dict[str, Any]:
        raise RuntimeError("password=hunter2")

    outcome = await outcome_of(tool_that(fail), clock)

    assert outcome.status is ToolStatus.ERROR
    assert outcome.error == "the tool failed with RuntimeError"
    assert not outcome.unavailable


async def test_a_tool_can_be_cancelled(clock):
    async def hang() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    call = asyncio.ensure_future(outcome_of(tool_that(hang), clock))
    await asyncio.sleep(0)
    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call


async def test_a_tool_whose_own_work_was_cancelled_ends_as_data(clock):
    async def give_up() -> dict[str, Any]:
        work = asyncio.get_running_loop().create_future()
        work.cancel()
        await work
        return {}

    outcome = await outcome_of(tool_that(give_up), clock)

    assert (outcome.status, outcome.uncertain) == (ToolStatus.ERROR, True)
    assert outcome.error == "the tool failed with CancelledError"


async def test_results_are_cut_and_cleaned(clock):
    async def shout() -> dict[str, Any]:
        return {"text": "a\x00\x1b[31m\n b" + "c" * 1000, "deep": {"list": ["d\x07"]}, 5: None}

    outcome = await outcome_of(tool_that(shout), clock)

    text = outcome.result["text"]
    assert text.startswith("a [31m b")
    assert len(text) == MAX_TEXT
    assert outcome.result["deep"] == {"list": ["d"]}
    assert outcome.result["5"] is None


@dataclass(frozen=True)
class Parcel:
    weight_g: int


async def test_a_dataclass_is_a_result(clock):
    async def weigh() -> Parcel:
        return Parcel(weight_g=250)

    one = tool_that(weigh)

    assert (await outcome_of(one, clock)).result == {"weight_g": 250}
    assert one.result_fields == {"weight_g"}
    assert count.result_fields == frozenset()


@pytest.mark.parametrize(
    "returned",
    ["just text", None, [1, 2], {"f": object()}, {f"k{i}": "x" * 400 for i in range(50)}],
    ids=["text", "nothing", "list", "object", "flood"],
)
async def test_what_cannot_be_data_is_an_error(clock, returned):
    async def give() -> object:
        return returned

    outcome = await outcome_of(tool_that(give), clock)

    assert outcome.status is ToolStatus.ERROR
    assert outcome.result == {}


def test_a_blocking_function_cannot_be_a_tool():
    def block() -> dict[str, Any]:
        return {}

    with pytest.raises(ConfigError, match="async def"):
        tool_that(block)


async def _untyped(item): ...


async def _twice(one: Caller, two: Caller) -> None: ...


async def _starred(*items: str) -> None: ...


async def _maybe_caller(caller: Caller | None = None) -> None: ...


async def _maybe_key(key: IdempotencyKey | None = None) -> None: ...


async def _annotated_caller(caller: Annotated[Caller, "who"]) -> None: ...


async def _callers(callers: list[Caller]) -> None: ...


async def _maybe_report(report: Report | None = None) -> None: ...


class _Derived(Caller):
    pass


@dataclass(frozen=True)
class _Wrapped:
    caller: Caller


async def _derived_caller(caller: _Derived) -> None: ...


async def _wrapped_caller(order: _Wrapped) -> None: ...


@pytest.mark.parametrize(
    "function",
    [_maybe_caller, _maybe_key, _annotated_caller, _callers, _maybe_report, _derived_caller, _wrapped_caller],
)
def test_who_is_calling_can_never_be_filled_from_the_talk(function):
    with pytest.raises(ConfigError, match="must be exactly"):
        tool_that(function)


@pytest.mark.parametrize("function", [_untyped, _twice, _starred], ids=["untyped", "two callers", "starred"])
def test_a_signature_that_cannot_be_checked_is_refused(function):
    with pytest.raises(ConfigError):
        tool_that(function)


@pytest.mark.parametrize("name", ["lookup", "Crm.lookup", "crm.", "crm..x", "crm lookup.x"])
def test_a_badly_named_tool_is_refused(name):
    with pytest.raises(ConfigError, match="tool name"):
        tool(name=name, effect=Effect.READ)


def test_a_tool_without_a_time_limit_is_refused():
    with pytest.raises(ConfigError, match="timeout"):
        tool(name="a.b", effect=Effect.READ, timeout_s=0)


def test_the_registry_finds_by_name_and_names_what_it_knows():
    registry = ToolRegistry([count])

    assert registry.get("shop.count") is count
    assert list(registry) == [count]
    with pytest.raises(NotFound, match=r"shop\.count"):
        registry.get("shop.other")


def test_two_tools_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two tools"):
        ToolRegistry([count, count])


async def test_what_no_store_could_keep_is_taken_out_of_a_result(clock):
    async def odd() -> dict[str, Any]:
        return {"ra\0te": float("nan"), "nested": {"a\0b": [float("inf"), 1.5]}, "name": "An\0na"}

    outcome = await outcome_of(tool_that(odd), clock)

    assert outcome.result == {"ra te": None, "nested": {"a b": [None, 1.5]}, "name": "An na"}


async def test_the_text_of_a_failure_is_one_clean_line(clock):
    async def fail() -> dict[str, Any]:
        raise UpstreamUnavailable("the CRM\0 says\nno")

    assert (await outcome_of(tool_that(fail), clock)).error == "the CRM says no"


def flaky(failures: int, retries: int, timeout_s: float = 5.0) -> tuple[Tool, list[int]]:
    """A read whose system is away for so many tries."""
    tries: list[int] = []

    async def it() -> dict[str, Any]:
        tries.append(len(tries))
        if len(tries) <= failures:
            raise UpstreamUnavailable("the shop does not answer")
        return {"tries": len(tries)}

    return tool(name="shop.it", effect=Effect.READ, timeout_s=timeout_s, retries=retries)(it), tries


async def test_a_read_whose_system_is_away_for_a_moment_is_tried_again(clock):
    one, _ = flaky(failures=1, retries=2)

    assert (await outcome_of(one, clock)).result == {"tries": 2}


async def test_after_the_last_retry_the_system_is_unreachable(clock):
    one, tries = flaky(failures=9, retries=1)

    outcome = await outcome_of(one, clock)

    assert outcome.unavailable
    assert outcome.status is ToolStatus.ERROR
    assert len(tries) == 2


async def test_retries_end_with_the_time_limit(clock):
    one, tries = flaky(failures=99, retries=50, timeout_s=0.05)

    assert (await outcome_of(one, clock)).status is ToolStatus.TIMEOUT
    assert len(tries) == 1


async def test_a_refusal_is_not_tried_again(clock):
    tries: list[int] = []

    async def it() -> dict[str, Any]:
        tries.append(1)
        raise NotFound("no such order")

    await outcome_of(tool(name="shop.it", effect=Effect.READ, retries=3)(it), clock)

    assert len(tries) == 1
