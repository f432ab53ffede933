"""The grammar of days, times and names, in JSGF: what `conversation.spoken_dates` and its neighbours read. Pure text.

Less than they read: every way of saying a thing costs a closed recogniser certainty about the others.
"""

from typing import Final

from voiceagent.conversation.spoken_dates import MONTHS, WEEKDAYS
from voiceagent.conversation.spoken_digits import DIGITS, TEENS
from voiceagent.conversation.spoken_names import LETTERS
from voiceagent.conversation.spoken_ordinals import ORDINALS

_HOURS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ONES: Final = tuple(word for word, figure in DIGITS.items() if figure != "0")
_MOST_LETTERS: Final = 12

DATE_RULES: Final = (
    f"<weekday> = ({' | '.join(WEEKDAYS)});",
    f"<month> = ({' | '.join(MONTHS)});",
    f"<ordinal> = {' | '.join(ORDINALS)} | twenty ({' | '.join(ORDINALS[:9])}) | thirty first;",
    "<of_month> = the <ordinal> [of <month>] | <ordinal> of <month> | <month> [the] <ordinal>;",
    (
        "<date> = [on | for] (today | tomorrow | [the] day after tomorrow | [next | this] <weekday>"
        " | <weekday> next week | next week [on] <weekday> | <weekday> [/0.3/ <of_month>]"
        " | a week (on | from) <weekday> | <of_month>"
        " | in (a week | (two | three) weeks | (two | three | four | five) days));"
    ),
)
TIME_RULES: Final = (
    f"<hour> = ({' | '.join(_HOURS)});",
    (
        f"<minutes> = oh ({' | '.join(_ONES)}) | {' | '.join(TEENS)} | (twenty | thirty | forty | fifty)"
        f" [{' | '.join(_ONES)}];"
    ),
    "<relation> = half past | [a] quarter (past | to) | (five | ten | twenty) [minutes] (past | to);",
    "<half_of_day> = a m | p m | in the (morning | afternoon | evening);",
    "<time> = [at | around] (noon | midday | (<relation> <hour> | <hour> [o'clock | <minutes>]) [<half_of_day>]);",
)


def name_rule(listed: str) -> str:
    """A value: one of the listed forms ("()" for none), or letters."""
    letter = f"[double] ({' | '.join(LETTERS)})"
    spelled = f"{letter} {letter} " + f"[{letter} " * (_MOST_LETTERS - 2) + "]" * (_MOST_LETTERS - 2)
    return f"{listed} | /0.1/ {spelled}" if listed != "()" else spelled
