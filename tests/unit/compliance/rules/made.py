"""Packs and questions of tests."""

from datetime import UTC, date, datetime

from voiceagent.compliance.rules.book import BookedPack, RuleBook
from voiceagent.compliance.rules.outbound import GivenConsent, OutboundFacts, OutboundQuestion
from voiceagent.compliance.rules.pack import pack_sha256, parse_pack
from voiceagent.compliance.rules.place import NOWHERE, Place, place_of_number
from voiceagent.compliance.rules.rules import ConsentKind, Origin, Purpose

NOON = datetime(2027, 1, 13, 17, tzinfo=UTC)  # a Wednesday, noon in New York
TODAY = NOON.date()
NEW_YORK = "+12125550123"
_PACK = """
id: {name}
version: "2026.1.1"
effective: {{from: {start}, to: {to}}}
sources: [{{cite: "a test", grade: P, checked: 2026-01-01, by: nobody}}]
applies: {applies}
{body}
"""


def pack_text(
    body: str = "",
    *,
    name: str = "made",
    applies: str = "{everywhere: true}",
    start: str = "2026-01-01",
    to: str = "null",
) -> bytes:
    return _PACK.format(name=name, start=start, to=to, applies=applies, body=body).encode()


def booked(content: bytes) -> BookedPack:
    return BookedPack(pack=parse_pack(content, "made.yaml"), sha256=pack_sha256(content), origin=Origin.SIGNED)


DEFAULT = booked(pack_text(name="default", applies="{elsewhere: true}"))


def book_of(*contents: bytes) -> RuleBook:
    return RuleBook([DEFAULT, *(booked(content) for content in contents)])


def question(number: str = NEW_YORK, at: datetime = NOON, **more) -> OutboundQuestion:
    place = place_of_number(number) if number else NOWHERE
    values = {"purpose": Purpose.TELEMARKETING, "campaign": "spring", "places": (place,), "zones": place.zones, **more}
    return OutboundQuestion(at=at, **values)


def consent(kind: str = "PEWC", captured_at: datetime = datetime(2026, 6, 1, tzinfo=UTC), **more) -> GivenConsent:
    return GivenConsent(kind=ConsentKind(kind), captured_at=captured_at, **more)


def facts(*consents: GivenConsent, at: datetime = NOON, **more) -> OutboundFacts:
    """Lists were loaded just now; nothing else is known."""
    return OutboundFacts(consents=consents, **{"loaded": {"national": at, "state": at}, **more})


def place(country: str = "", region: str = "", *zones: str) -> Place:
    return Place(country=country, region=region, zones=zones)


def day(text: str) -> date:
    return date.fromisoformat(text)
