"""The rules once more, by hand: hours, days and consent of each place, and its distance from UTC as a number.

It knows nothing of packs, libraries or time zones, so it can disagree with them. `python -m
tests.unit.compliance.rules.golden_statement` writes what it says to golden_decisions.csv, which people have read.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FIXTURE = Path(__file__).with_name("golden_decisions.csv")
COLUMNS = ("number", "at", "purpose", "consent", "refused")

WORKDAYS, NOT_SUNDAY, EVERY_DAY = range(5), range(6), range(7)


@dataclass(frozen=True)
class Law:
    """`winter` and `summer`: hours from UTC in January and July, of every zone that people there may be in."""

    number: str
    winter: tuple[int, ...]
    summer: tuple[int, ...]
    marketing: tuple[int, int]
    days: range = EVERY_DAY
    kinds: tuple[str, ...] = ("PEWC",)
    information: tuple[int, int] = (8, 21)
    information_days: range = EVERY_DAY
    person_first: bool = False
    emergencies: bool = True


E_, C, M, P = ((-5,), (-4,)), ((-6,), (-5,)), ((-7,), (-6,)), ((-8,), (-7,))
EU = {"kinds": ("EU_optin",), "days": NOT_SUNDAY, "information_days": NOT_SUNDAY, "emergencies": False}
UNKNOWN = {
    "kinds": ("EU_optin", "PEWC"),
    "marketing": (10, 18),
    "days": WORKDAYS,
    "information_days": NOT_SUNDAY,
    "person_first": True,
    "emergencies": False,
}
LAWS = (
    Law("+12125550123", *E_, (8, 21)),  # New York
    Law("+13125550123", *C, (8, 21)),  # Illinois
    Law("+13035550123", *M, (8, 21)),  # Colorado
    Law("+18085550123", (-10,), (-10,), (8, 21)),  # Hawaii has no summer time
    Law("+16025550123", (-7,), (-7, -6), (8, 21)),  # Arizona has none either, but the Navajo Nation in it has
    Law("+19075550123", (-9, -10), (-8, -9), (8, 21)),  # Alaska and its outer islands
    Law("+12145550123", (-6, -7), (-5, -6), (8, 21)),  # Texas, El Paso in it
    Law("+13055550123", (-5, -6), (-4, -5), (8, 20)),  # Florida, its west in it
    Law("+14055550123", *C, (8, 20)),  # Oklahoma
    Law("+14105550123", *E_, (8, 20)),  # Maryland
    Law("+16175550123", *E_, (8, 20)),  # Massachusetts
    Law("+12065550123", *P, (8, 20)),  # Washington
    Law("+12035550123", *E_, (9, 20)),  # Connecticut
    Law("+17025550123", (-8, -7), (-7, -6), (9, 20)),  # Nevada, West Wendover in it
    Law("+12055550123", *C, (8, 21), NOT_SUNDAY),  # Alabama
    Law("+15045550123", *C, (8, 21), NOT_SUNDAY),  # Louisiana
    Law("+16015550123", *C, (8, 21), NOT_SUNDAY),  # Mississippi
    Law("+15025550123", (-5, -6), (-4, -5), (10, 21)),  # Kentucky
    Law("+14015550123", *E_, (9, 18), WORKDAYS),  # Rhode Island
    Law("+12135550123", *P, (8, 21), person_first=True),  # California
    Law("+4930123456", (1,), (2,), (8, 21), **EU),  # Berlin
    Law("+33123456789", (1,), (2,), (8, 21), **EU),  # Paris
    Law("+442079460123", (0,), (1,), (8, 21), **EU),  # London
    Law("+81312345678", (9,), (9,), **UNKNOWN),  # Tokyo, of whose law we know nothing
)
WINTER, SUMMER, SUNDAY = date(2027, 1, 13), date(2027, 7, 14), date(2027, 1, 17)
MOMENTS = ((0, 59), (1, 59), (2, 30), (12, 59), (13, 0), (14, 0), (15, 0), (17, 30), (20, 0), (23, 0))  # UTC


def refusals(law: Law, day: date, hour: int, minute: int, purpose: str, consent: str) -> str:
    """What stands against the call, in alphabetical order; "" when nothing does."""
    against = []
    if purpose == "emergency":
        if not law.emergencies:
            against.append("purpose_not_allowed")
        return "+".join(against)
    marketing = purpose == "telemarketing"
    needed = law.kinds if marketing else ("PEC",)
    held = {"": set(), "PEC": {"PEC"}, "PEWC": {"PEWC", "PEC"}, "EU_optin": {"EU_optin"}}[consent]
    if not set(needed) <= held:
        against.append("consent_missing")
    if law.person_first:
        against.append("human_intro_missing")
    (first, last), days = (law.marketing, law.days) if marketing else (law.information, law.information_days)
    for offset in law.summer if day == SUMMER else law.winter:
        local = hour * 60 + minute + offset * 60
        weekday = (day + timedelta(days=local // 1440)).weekday()
        if weekday not in days or not first * 60 <= local % 1440 < last * 60:
            against.append("outside_hours")
            break
    return "+".join(against)


def rows() -> list[tuple[str, ...]]:
    made = []
    for law in LAWS:
        own = law.kinds[0]
        asked = [(day, at, "telemarketing", own) for day in (WINTER, SUMMER, SUNDAY) for at in MOMENTS]
        asked += [(WINTER, at, "informational", "PEC") for at in MOMENTS[::3]]
        asked += [
            (WINTER, (17, 30), purpose, consent)
            for purpose in ("telemarketing", "informational", "emergency")
            for consent in ("", "PEC", "PEWC", "EU_optin")
        ]
        for day, (hour, minute), purpose, consent in asked:
            said = refusals(law, day, hour, minute, purpose, consent)
            made.append((law.number, f"{day}T{hour:02}:{minute:02}Z", purpose, consent, said))
    return made


def as_csv() -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows()])
    return text.getvalue()


if __name__ == "__main__":
    FIXTURE.write_text(as_csv())
