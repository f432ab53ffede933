"""Tools: typed async functions that the background agent may call.

A tool's arguments come from the talk, so they are validated against its signature. *Who* is calling never comes from
the talk: a parameter annotated `Caller` is filled from the verified session and cannot be named in the arguments.
Neither can one annotated `Report`, with which a tool tells what it is at, nor one annotated `Captured`, which is what
the caller typed into the slot of that name and nobody else has seen (`conversation.secure_capture`), nor one annotated
`IdempotencyKey`: a tool that changes something hands it to the system behind it, so that a second try with the same
key changes nothing twice.

    @tool(name="crm.lookup_customer", effect=Effect.READ, timeout_s=5)
    async def lookup_customer(caller: Caller, order_number: str | None = None) -> dict[str, object]:
        "Find the caller's contact and, if a number is given, that order."
"""

import asyncio
import inspect
import random
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
import structlog

from voiceagent.background.captured_guard import CapturedGuard
from voiceagent.background.reporting import Report
from voiceagent.background.stopping import Audience, Stop
from voiceagent.background.tool_options import check_effect, check_options
from voiceagent.background.tool_outcome import ToolOutcome, ToolStatus, failed, with_result
from voiceagent.background.tool_results import clean_text, json_ready
from voiceagent.background.type_parts import mentions
from voiceagent.conversation.secure_capture import Secret
from voiceagent.core.clock import Clock
from voiceagent.core.errors import BadInput, ConfigError, Unavailable, VoiceagentError
from voiceagent.core.ids import CallId, TenantId

_log = structlog.get_logger(__name__)
_NOT_SAID: Any = None
_FIRST_PAUSE_S = 0.2  # before a retry; doubled each time

ToolFunction = Callable[..., Awaitable[object]]
IdempotencyKey = typing.NewType("IdempotencyKey", str)
Captured = Secret


class Effect(StrEnum):
    """What a tool does to the world; decides whether it may run unasked."""

    READ = "read"
    WRITE = "write"  # can be undone or repeated without harm
    CONSEQUENTIAL = "consequential"  # moves money, goods or rights: needs the caller's confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling, as the verified session knows it. `number` is E.164 or the SIP user part."""

    number: str
    tenant_id: TenantId
    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function with everything that its callers must know about it. Made by the decorator `tool`."""

    name: str
    effect: Effect
    timeout_s: float
    description: str
    arguments_type: type[msgspec.Struct]
    caller_parameter: str  # "" when the function does not ask who is calling
    key_parameter: str  # "" when a second try may do it twice
    report_parameter: str  # "" when it does not tell what it is at
    captured_parameters: frozenset[str] = frozenset()  # what the caller typed for this tool alone
    result_fields: frozenset[str]  # what templates may use; empty when the return type does not tell
    function: ToolFunction
    retries: int = 0  # of a read whose system does not answer, within `timeout_s`

    @property
    def place(self) -> str:
        """Where it is written: file and line."""
        code = inspect.unwrap(self.function).__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    @property
    def repeatable(self) -> bool:
        """Whether a call that broke off may be made again."""
        return self.effect is Effect.READ or bool(self.key_parameter)

    @property
    def parameters(self) -> frozenset[str]:
        """The names that arguments may have."""
        return frozenset(self.arguments_type.__struct_fields__)

    @property
    def required(self) -> frozenset[str]:
        """The names that arguments must have."""
        fields = msgspec.structs.fields(self.arguments_type)
        return frozenset(one.name for one in fields if one.required)

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, without the caller."""
        return msgspec.json.schema(self.arguments_type)

    def validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the types of the signature, defaults filled in; "42" is a fine int. Raises BadInput."""
        try:
            parsed = msgspec.convert(dict(arguments), self.arguments_type, strict=False)
        except msgspec.ValidationError as error:
            raise BadInput(f"arguments of {self.name} do not fit: {error}") from error
        valid = msgspec.structs.asdict(parsed)
        json_ready(valid)
        return valid

    async def call(
        self,
        arguments: Mapping[str, Any],
        *,
        caller: Caller,
        clock: Clock,
        key: IdempotencyKey | None = None,
        audience: Audience | None = None,
        captured: Mapping[str, Captured] | None = None,
    ) -> ToolOutcome:
        """Run to an end, whatever happens; only cancellation gets out.

        `key` is for a tool that changes something, an `audience` that may leave for one that does not.
        """
        typed = {name: value for name, value in (captured or {}).items() if name in self.captured_parameters}
        audience, guard = audience or Audience(), CapturedGuard(typed.values())
        started = clock.monotonic()
        log = _log.bind(tool=self.name, call_id=caller.call_id)
        try:
            valid = self.validate(arguments)
        except BadInput as failure:
            log.warning("tool refused its arguments", pii_error=str(failure))
            return ToolOutcome(status=ToolStatus.ERROR, arguments={}, error=clean_text(str(failure)))
        ended = ToolOutcome(status=ToolStatus.OK, arguments=json_ready(valid))
        if self.captured_parameters - typed.keys():
            return replace(
                ended, status=ToolStatus.ERROR, error="what the caller typed is not here any more: ask again"
            )
        limit = asyncio.timeout(self.timeout_s)
        stop = audience.stop if self.effect is Effect.READ else Stop()
        try:
            async with limit:
                with stop.watched_by(limit):
                    returned = await self._returned(
                        {**valid, **typed}, caller, key, guard.reports(audience.report), limit
                    )
            ended = guard.checked(with_result(ended, returned))
        except (Exception, asyncio.CancelledError) as failure:  # whatever a user's code raises must end as data
            if isinstance(failure, asyncio.CancelledError) and _is_cancelled():
                raise
            ended = guard.checked(failed(ended, failure, late=limit.expired(), stopped=stop.wanted))
            if self.captured_parameters:  # whose text and frames may hold what nobody may see
                log.warning("tool failed", status=ended.status.value, error_type=type(failure).__name__)
            elif ended.status is ToolStatus.ERROR and not isinstance(failure, VoiceagentError | TimeoutError):
                log.exception("tool raised an unexpected error")
            elif ended.status is not ToolStatus.STOPPED:
                log.warning("tool failed", status=ended.status.value, pii_error=str(failure))
        return replace(ended, duration_ms=round((clock.monotonic() - started) * 1000))

    async def _returned(
        self,
        arguments: dict[str, Any],
        caller: Caller,
        key: IdempotencyKey | None,
        report: Report,
        limit: asyncio.Timeout,
    ) -> object:
        """What the function returns, at the last try what it raises."""
        given: dict[str, Any] = {
            self.caller_parameter: caller,
            self.key_parameter: key,
            self.report_parameter: report,
        }
        given.pop("", None)
        for tries in range(self.retries):
            try:
                return await self.function(**arguments, **given)
            except Unavailable:
                if limit.expired():  # it made an error of its own of being cut off
                    raise
                _log.info("tool is tried again", tool=self.name, call_id=caller.call_id, tries=tries + 1)
            # At random: calls that failed together must not come back together
            await asyncio.sleep(random.uniform(0.5, 1.0) * _FIRST_PAUSE_S * 2**tries)  # noqa: S311 - guards nothing
        return await self.function(**arguments, **given)


def tool(
    *bare: object, name: str = "", effect: Effect = _NOT_SAID, timeout_s: float = 5.0, retries: int = 0
) -> Callable[[ToolFunction], Tool]:
    """Make a `Tool` of an `async def`. Raises ConfigError when the function cannot be one.

    timeout_s: for all tries together. retries: how often a read that raised Unavailable is tried again.
    """
    check_options(bare, name, timeout_s, retries)
    check_effect(name, effect, Effect)
    if retries and effect is not Effect.READ:
        raise ConfigError(
            f"tool {name} changes something, and its commit is tried again by itself: leave out `retries`"
        )

    def decorate(function: ToolFunction) -> Tool:
        if not inspect.iscoroutinefunction(function):
            raise ConfigError(
                f"tool {name} is not async: write `async def`; a blocking one would hold up every other call"
            )
        hints = typing.get_type_hints(function, include_extras=True)
        return Tool(
            name=name,
            effect=effect,
            timeout_s=timeout_s,
            description=inspect.getdoc(function) or "",
            arguments_type=_arguments_type(name, function, hints),
            caller_parameter=_given(name, hints, Caller),
            key_parameter=_given(name, hints, IdempotencyKey),
            report_parameter=_given(name, hints, Report),
            captured_parameters=_captured(name, hints, effect, Effect.READ),
            result_fields=_fields_of(hints.get("return")),
            function=function,
            retries=retries,
        )

    return decorate


def _given(name: str, hints: dict[str, Any], kind: object) -> str:
    """The parameter that is filled by us and never by the talk; "" without one."""
    found = [parameter for parameter, hint in hints.items() if hint is kind and parameter != "return"]
    if len(found) > 1:
        raise ConfigError(f"tool {name} has more than one `{getattr(kind, '__name__', kind)}` parameter")
    return found[0] if found else ""


def _captured(name: str, hints: dict[str, Any], effect: object, read: object) -> frozenset[str]:
    found = frozenset(parameter for parameter, hint in hints.items() if hint is Captured)
    if found and effect is not read:
        raise ConfigError(
            f"tool {name}: only a tool with `effect=Effect.READ` can have a `Captured` parameter, because a change is "
            "written into the ledger and carried out later: exchange the value for a token with one tool, as payment "
            "providers do, and charge the token with another"
        )
    return found


def _arguments_type(name: str, function: ToolFunction, hints: dict[str, Any]) -> type[msgspec.Struct]:
    parsed: list[tuple[str, type] | tuple[str, type, Any]] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY}:
            raise ConfigError(f"tool {name}: parameter {parameter.name!r} must be a plain named one")
        if parameter.name not in hints:
            raise ConfigError(f"tool {name}: parameter {parameter.name!r} needs a type")
        hint = hints[parameter.name]
        if hint in (Caller, IdempotencyKey, Report, Captured):
            continue
        if mentions(
            hint, (Caller, IdempotencyKey, Report, Captured)
        ):  # it would be offered to the talk, and filled from it
            raise ConfigError(
                f"tool {name}: parameter {parameter.name!r} must be exactly `Caller`, `IdempotencyKey`, `Report` "
                "or `Captured`, with nothing around it: these are always given"
            )
        if parameter.default is parameter.empty:
            parsed.append((parameter.name, hint))
        else:
            parsed.append((parameter.name, hint, parameter.default))
    title = "".join(part.capitalize() for part in re.split(r"[._]", name))
    return msgspec.defstruct(title, parsed, forbid_unknown_fields=True, kw_only=True, frozen=True)


def _fields_of(returned: object) -> frozenset[str]:
    return frozenset(one.name for one in fields(returned)) if is_dataclass(returned) else frozenset()


def _is_cancelled() -> bool:
    """Whether somebody wants us to stop; else a CancelledError is of something that the tool itself had cancelled."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
