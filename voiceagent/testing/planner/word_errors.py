"""A recogniser that gets words wrong at a rate: substitutions, deletions, insertions, always the same for a seed.

A word becomes one that sounds like it where the list has one, else any short common word. The list was written from
what phone recognisers do to these words, and not from what the planner forgives (`conversation.homophones`).
"""

from random import Random
from typing import Final

SOUNDS_LIKE: Final[dict[str, tuple[str, ...]]] = {
    "zero": ("hero", "zeros", "the row"),
    "oh": ("or", "owe", "uh"),
    "one": ("won", "when", "wine"),
    "two": ("to", "too", "do"),
    "three": ("free", "tree", "the"),
    "four": ("for", "floor", "or"),
    "five": ("fine", "nine", "hive"),
    "six": ("sex", "fix", "sticks"),
    "seven": ("eleven", "heaven", "seventh"),
    "eight": ("ate", "hate", "late"),
    "nine": ("mine", "five", "line"),
    "ten": ("then", "tan", "when"),
    "eleven": ("seven", "a lemon"),
    "twelve": ("shelf", "twelfth"),
    "double": ("trouble", "bubble"),
    "thirteen": ("thirty",),
    "fourteen": ("forty",),
    "fifteen": ("fifty",),
    "sixteen": ("sixty",),
    "thirty": ("thirteen", "dirty"),
    "forty": ("fourteen",),
    "fifty": ("fifteen",),
    "twenty": ("plenty", "twenties"),
    "first": ("fast", "thirst"),
    "second": ("seconds", "beckoned"),
    "third": ("bird", "turd", "heard"),
    "fourth": ("fourths", "force", "forth"),
    "fifth": ("fit", "fist"),
    "sixth": ("six", "sick"),
    "seventh": ("seven",),
    "eighth": ("eight", "ate"),
    "ninth": ("nine", "night"),
    "half": ("have", "calf"),
    "past": ("passed", "fast"),
    "quarter": ("water", "porter"),
    "noon": ("new", "moon"),
    "morning": ("mourning", "warning"),
    "afternoon": ("after new",),
    "monday": ("sunday", "mundane"),
    "tuesday": ("choose day", "thursday"),
    "wednesday": ("when's day", "windsor"),
    "thursday": ("thirsty", "tuesday"),
    "friday": ("fry day", "priority"),
    "saturday": ("sat today", "saturdays"),
    "tomorrow": ("to borrow", "tomorrow's"),
    "march": ("much", "marsh"),
    "april": ("a pill",),
    "may": ("main", "maybe"),
    "order": ("border", "older", "odour"),
    "parcel": ("partial", "castle", "parcels"),
    "package": ("packages", "baggage"),
    "delivery": ("the livery", "delivered"),
    "deliver": ("the liver", "delivery"),
    "appointment": ("a pointment", "appointments", "disappointment"),
    "doctor": ("doctors", "docker"),
    "keller": ("killer", "cellar", "kellar"),
    "okafor": ("oh car for", "okafo"),
    "moreno": ("marino", "merino"),
    "card": ("car", "cart", "guard"),
    "block": ("black", "clock", "blocked"),
    "lost": ("last", "cost"),
    "stolen": ("swollen", "stole"),
    "number": ("numb", "numbers"),
    "where": ("wear", "were"),
    "move": ("moved", "groove"),
    "change": ("range", "changed"),
    "person": ("persons", "parson"),
    "speak": ("peak", "speech"),
    "talk": ("walk", "dog"),
    "somebody": ("some body", "everybody"),
    "human": ("humour", "human's"),
    "sorry": ("story", "surrey"),
    "wait": ("weight", "way"),
    "actually": ("actual", "factually"),
    "mean": ("mine", "meant"),
    "no": ("know", "now", "so"),
    "not": ("knot", "nut"),
    "yes": ("guess", "yet", "this"),
    "yeah": ("year", "yes"),
    "please": ("peas", "police"),
    "thanks": ("tanks",),
    "goodbye": ("good buy", "bye"),
    "open": ("opened", "hoping"),
    "hours": ("ours", "powers"),
}
COMMON: Final = ("a", "the", "and", "uh", "it", "is", "in", "of", "to", "that", "so", "well", "on", "you", "but", "at")
_SUBSTITUTED, _DELETED = 0.6, 0.25  # of the errors; the rest are insertions, as recognisers' errors usually divide


def with_word_errors(text: str, rate: float, dice: Random) -> str:
    """The text with about `rate` errors a word, in [0, 1]; "" when nothing is left of it."""
    heard: list[str] = []
    for word in text.split():
        kind = dice.random() if dice.random() < rate else None
        if kind is None:
            heard.append(word)
        elif kind < _SUBSTITUTED:
            heard.append(dice.choice(SOUNDS_LIKE.get(word, COMMON)))
        elif kind >= _SUBSTITUTED + _DELETED:
            heard += [word, dice.choice(COMMON)]
    return " ".join(heard)
