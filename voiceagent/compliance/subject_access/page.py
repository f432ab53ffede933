"""The page of a package that a person reads first: what is in here, what it is for, how long, who gets it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Final

from voiceagent.compliance.subject_access.kept_until import Term
from voiceagent.compliance.subject_access.notice import PrivacyNotice
from voiceagent.core.content_class import ContentClass

_LETTER: Final = "The letter that came with this package says so."
_IDENTITY: Final = {
    "knowledge": "questions that only you could answer",
    "one_time_code": "a code that was sent to your number",
    "document": "an official document",
    "in_person": "you came in person",
}
_WHAT: Final = {
    ContentClass.AUDIO: "recordings of your voice",
    ContentClass.TRANSCRIPT: "what was said, in words",
    ContentClass.TOOL: "what was looked up or changed for you",
    ContentClass.METADATA: "your number in the list of calls",
    ContentClass.CONSENT: "what you were told and what you agreed to",
}
_FILES: Final = (
    ("calls", "Your calls: when, how long, which line, how each ended"),
    ("segments", "What you and the agent said, in words; a mark such as [NAME] stands for words that were not kept"),
    ("recordings", "Recordings; the sound files are in the folder media"),
    ("consents", "What you were told and what you answered"),
    ("consent_clips", "The sound of your answers; the files are in the folder media"),
    ("prompt_texts", "The texts that you were told"),
    ("tool_calls", "What the agent looked up for you in other systems, and what it found"),
    ("changes", "What was changed for you in other systems"),
    ("transfers", "When you were put through to people; not to whom"),
    ("callbacks", "When you asked to be called back"),
    ("legs", "Technical data of your connection"),
    ("events", "The technical log of your calls, step by step"),
    ("do_not_call", "That you do not want to be called, or that a list says so"),
    ("outbound_consents", "That you agreed to be called"),
    ("outbound_decisions", "Each time somebody asked whether you may be called"),
    ("campaign_contacts", "Lists of people to be called that you are on, and what came of it"),
)
_RIGHTS: Final = (
    "have what is wrong corrected (Art. 16 GDPR)",
    "have it erased, unless a law demands that it is kept (Art. 17)",
    "have its use restricted (Art. 18)",
    "take it elsewhere: records and vcon are in forms that programs read (Art. 20)",
    "object to its use (Art. 21), and take back your consent at any time (Art. 7(3))",
)
_STYLE: Final = (
    "body{font:1rem/1.5 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border:1px solid #888;padding:.3rem .6rem;text-align:left;vertical-align:top}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the page tells. `rows` counts the rows of each table. PII.

    `restricted`, `in_erasure`, `not_ended`: calls that are left out. `erased_at` is the last of `erased` calls' time.
    """

    organisation: str
    numbers: Sequence[str]
    named_calls: int
    identity_check: str
    received_at: datetime
    made_at: datetime
    rows: Mapping[str, int]
    terms: Mapping[ContentClass, Term]
    notice: PrivacyNotice
    told_systems: Sequence[str] = ()
    media: Mapping[str, int] = field(default_factory=dict)
    other_voices_masked: bool = False
    restricted: int = 0
    in_erasure: int = 0
    not_ended: int = 0
    erased: int = 0
    erased_at: datetime | None = None


def page_of(told: Account) -> bytes:
    """HTML that needs nothing from elsewhere. The same account gives the same bytes."""
    title = f"Your data at {told.organisation}"
    parts = (
        _asked(told),
        _section("What is in this package", _contents(told)),
        _section("What is not in it", _left_out(told)),
        _section("What it is used for", _listed(told.notice.purposes)),
        _section("How long it is kept", _terms(told)),
        _section("Who gets it", _listed((*(told.notice.recipients or (_LETTER,)), *_systems(told)))),
        _section("Other countries", _text(told.notice.transfers)),
        _section("Where it comes from", _text("Your calls, and what our systems held of you when you called.")),
        _section("Decisions that no person takes", _text(told.notice.automated_decisions)),
        _section("Your rights", _rights(told)),
    )
    body = "\n".join((f"<h1>{escape(title)}</h1>", *parts))
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'.encode()


def _asked(told: Account) -> str:
    named = [*told.numbers, *([f"calls that you named ({told.named_calls})"] if told.named_calls else [])]
    return _text(
        f"You asked for your data on {_day(told.received_at)}. We knew that it was you by: "
        f"{_IDENTITY.get(told.identity_check, told.identity_check)}. We looked for {', '.join(named)} "
        f"and found what was there on {_day(told.made_at)}."
    )


def _contents(told: Account) -> str:
    there = [(told.rows[name], name, what) for name, what in _FILES if told.rows.get(name)]
    if not there:
        return _text("Nothing. We hold no data of you that we could find by what you named.")
    rows = [
        f"<tr><td>{escape(what)}</td><td>{count}</td><td>records/{name}.jsonl</td></tr>" for count, name, what in there
    ]
    table = "<table><tr><th>what</th><th>entries</th><th>file</th></tr>" + "".join(rows) + "</table>"
    sound = sum(count for state, count in told.media.items() if state in ("delivered", "other_voice_silenced"))
    more = [f"Recordings in the folder media: {sound}."] if sound else []
    more.append("The folder vcon has each call once more in one file, signed.")
    return table + "".join(_text(one) for one in more)


def _left_out(told: Account) -> str:
    lines = []
    if told.erased:
        at = f" The last of it went on {_day(told.erased_at)}." if told.erased_at else ""
        lines.append(f"Calls of which we have erased what we may erase, because you asked for it: {told.erased}.{at}")
    if told.restricted:
        lines.append(
            f"Calls that are locked: {told.restricted}. You asked for their erasure, and a law or an order obliges us "
            "to keep something of them. Nobody reads it."
        )
    if told.in_erasure:
        lines.append(f"Calls that are being erased at this time, because you asked for it: {told.in_erasure}.")
    if told.not_ended:
        lines.append(f"Calls that had not ended: {told.not_ended}. Ask once more for those.")
    if told.other_voices_masked:
        lines.append("In the recordings you hear yourself; the other side is silent. What it said is there in words.")
    unheard = sum(count for state, count in told.media.items() if state in ("missing", "changed", "not_separable"))
    if unheard:
        lines.append(f"Recordings that could not be given: {unheard}. The file records/recordings.jsonl says why.")
    lines.append("Who of our people you were put through to: that is theirs, not yours.")
    lines.append("Words that you did not agree to have kept, and what was deleted when its time was over.")
    return _list(lines)


def _terms(told: Account) -> str:
    lines = []
    for letter, term in told.terms.items():
        line = f"{_WHAT[letter]} (calls: {term.calls}): "
        if term.first and term.last:
            first, last = _day(term.first), _day(term.last)
            line += f"until {last}" if first == last else f"from {first} to {last}, call by call"
        if term.open_end:
            line += f"{'; ' if term.first else ''}{term.open_end} of them until an order to keep them is over"
        lines.append(line)
    return _list(lines) if lines else _text("There is nothing that would be kept.")


def _systems(told: Account) -> Iterable[str]:
    if told.told_systems:
        yield f"systems of ours that are told that calls took place: {', '.join(told.told_systems)}"


def _rights(told: Account) -> str:
    contact = f" Write to {told.notice.contact}." if told.notice.contact else ""
    authority = told.notice.authority or "the data protection authority where you live or work"
    return _text("You may:") + _list(_RIGHTS) + _text(f"{contact} You may complain to {authority}.".strip())


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{body}"


def _listed(lines: Iterable[str]) -> str:
    found = list(lines)
    return _list(found) if found else _text("")


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _text(text: str) -> str:
    return f"<p>{escape(text or _LETTER)}</p>"


def _day(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d") if at else ""
