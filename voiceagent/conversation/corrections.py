"""The words around what is meant: hesitations, politeness, taking back, yes, no and neither. Shared by grammar and
matching.
"""

from typing import Final

HESITATIONS: Final = ("um", "uh", "er", "hmm")
LEAD_INS: Final = ("well", "so", "okay", "okay so", "hi", "hello", "hey", "yes", "yeah", "please")
LISTENING: Final = ("mm-hm", "uh-huh", "mhm")  # signs of listening: they ask for nothing
FILLERS: Final = (*HESITATIONS, *LEAD_INS)
POLITE: Final = ("please", "thanks", "thank you")
CORRECTIONS: Final = (
    "no",
    "no wait",
    "wait no",
    "wait",
    "no sorry",
    "sorry",
    "sorry no",
    "actually",
    "no actually",
    "i mean",
    "no i mean",
    "sorry i mean",
    "make that",
    "no make that",
    "no it's",
    "no that's",
    "rather",
    "or rather",
    "correction",
)
YES_FORMS: Final = (
    "yes",
    "yes please",
    "yes sure",
    "yes that's right",
    "yes that is right",
    "yeah",
    "yeah sure",
    "yep",
    "yup",
    "sure",
    "okay",
    "correct",
    "that's right",
    "that's correct",
    "right",
    "exactly",
    "of course",
    "certainly",
    "absolutely",
)
NO_FORMS: Final = (
    "no",
    "nope",
    "nah",
    "no thanks",
    "no thank you",
    "not really",
    "no that's wrong",
    "that's wrong",
    "that's not right",
)
# What people say instead of a yes or a no. They are listened for so that the nearest yes is not heard in their place.
NON_ANSWERS: Final = (
    "okay",
    "not okay",
    "what",
    "what for",
    "what do you mean",
    "why",
    "why is that",
    "pardon",
    "sorry",
    "excuse me",
    "who is this",
    "who are you",
    "are you a machine",
    "is this a robot",
    "wait",
    "hold on",
    "hang on a second",
    "just a moment",
    "not now",
    "maybe",
    "i don't know",
    "i'm not sure",
    "i guess",
    "say that again",
    "can you repeat that",
    "can i speak to somebody",
    "i have a question",
)
