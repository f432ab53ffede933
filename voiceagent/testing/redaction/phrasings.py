"""What stands around a secret. The development split and the hidden one share no sentence.

`asks`: the agent's question; `told`: the caller's answer or own wording, {} for the secret.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrasing:
    """asks: questions of the agent. answers: to them. volunteered: said unasked, so they name what it is."""

    asks: tuple[str, ...]
    answers: tuple[str, ...]
    volunteered: tuple[str, ...]


DEVELOPMENT: Final[dict[str, Phrasing]] = {
    "card": Phrasing(
        ("What is the card number, please?", "Could you read me the long number across the front of your card?"),
        ("{}", "sure it's {}", "okay so that's {} yeah", "hang on um {}"),
        ("my card number is {}", "i'd like to pay with {} that's a visa", "the number on the card is {} okay"),
    ),
    "cvv": Phrasing(
        ("And the security code on the back?", "What are the three digits on the back of the card?"),
        ("{}", "it's {}", "um {} i think"),
        ("the security code is {}", "and the cvv is {}", "the three numbers on the back of my card are {}"),
    ),
    "ssn": Phrasing(
        ("What is your social security number?", "May I have your social, your social security number?"),
        ("{}", "it is {}", "yes {}"),
        ("my social security number is {}", "my social security is {}"),
    ),
    "phone": Phrasing(
        ("What is the best phone number to reach you?", "On which number shall we call you back?"),
        ("{}", "you can reach me on {}", "it's {} thanks"),
        ("please call me on {}", "my mobile number is {}", "ring me back on {} any time"),
    ),
    "email": Phrasing(
        ("What is your email address?", "Which e-mail shall I send it to?"),
        ("{}", "it's {}", "yeah {} thanks"),
        ("my email is {}", "you can email me at {}", "send it to {} please"),
    ),
    "birth": Phrasing(
        ("What is your date of birth?", "And when were you born?"),
        ("{}", "it's {}", "um {}"),
        ("i was born on {}", "my date of birth is {}", "my birthday is {}"),
    ),
    "known name": Phrasing(
        (),
        (),
        ("this is {} i'm calling about the parcel", "it's under {}", "yes {} here again", "tell them {} called"),
    ),
    "unknown name": Phrasing(
        ("What is your name, please?", "Could you spell your surname?"),
        ("{}", "it's {}", "my name is {}"),
        ("my name is {}", "hello my name's {} and i'm calling about an order"),
    ),
    "postcode": Phrasing(
        ("What is your postcode?",),
        ("{}", "it's {}"),
        ("my postcode is {}", "the post code here is {}"),
    ),
    "address": Phrasing(
        ("What is your address?", "What is the delivery address?"),
        ("{}", "it's {}"),
        ("i live at {}", "please send it to {}", "my address is {}"),
    ),
    "account": Phrasing(
        ("What is your account number?",),
        ("{}", "that's {}"),
        ("my account number is {}",),
    ),
}

HIDDEN: Final[dict[str, Phrasing]] = {
    "card": Phrasing(
        ("Please give me your credit card number.", "Which card number would you like to use?"),
        ("yeah one sec {}", "right {} that's it", "the digits are {}", "so {}"),
        ("could you charge my card {} please", "here's my credit card number {}", "i'm reading it off the card {}"),
    ),
    "cvv": Phrasing(
        ("Now the CVV, please.", "Could you tell me the security digits?"),
        ("that's {}", "right {}", "let me turn it over {}"),
        ("cvc is {}", "my card's security code is {}", "the little code on the back is {}"),
    ),
    "ssn": Phrasing(
        ("For verification I need your social security number.", "Please tell me your SSN."),
        ("okay {}", "that would be {}", "so it's {}"),
        ("social security number {}", "here is my ssn {}"),
    ),
    "phone": Phrasing(
        ("Can I take a contact number?", "Which telephone number should the driver use?"),
        ("yep {}", "try {}", "the best one is {}"),
        ("my wife's number is {} she is home", "i can be reached at {}", "here is my cell {}"),
    ),
    "email": Phrasing(
        ("Could you give me an email, please?", "Where can I email the receipt?"),
        ("sure that's {}", "um okay {}", "that would be {}"),
        ("just mail me at {}", "the email address on file is {}", "could you forward it to {}"),
    ),
    "birth": Phrasing(
        ("May I ask for your birth date?", "Please confirm your date of birth."),
        ("yes {}", "that's {}", "sure {}"),
        ("date of birth {}", "my son was born {}", "birthday's {}"),
    ),
    "known name": Phrasing(
        (),
        (),
        ("hi {} speaking", "could you leave it with {}", "i think {} ordered it", "put me down as {} please"),
    ),
    "unknown name": Phrasing(
        ("Who am I speaking to?", "May I have your full name?"),
        ("{}", "yes that's {}", "sure {}"),
        ("you're speaking to {}", "the account holder is {}"),
    ),
    "postcode": Phrasing(
        ("And the postcode?",),
        ("sure {}", "that's {}"),
        ("we're in {}", "postcode {}"),
    ),
    "address": Phrasing(
        ("Which street address shall we deliver to?", "And where do you live?"),
        ("sure {}", "that would be {}"),
        ("we have moved to {}", "bring it round to {}"),
    ),
    "account": Phrasing(
        ("Please tell me the account number.",),
        ("sure {}", "here it is {}"),
        ("take it from account number {}",),
    ),
}

SMALL_TALK: Final = (
    "where is my order", "i'm calling about my parcel", "good morning", "can you help me with something",
    "yes please", "that's fine thank you", "i want to change my delivery", "are you a robot", "sorry say that again",
    "i have been waiting for two weeks", "no not yet", "okay thanks for that", "i need to talk to somebody",
)  # fmt: skip
REPLIES: Final = (
    "How can I help you today?", "One moment, please.", "Thank you.", "Let me look that up.", "I see.",
    "Is there anything else I can do for you?", "Sorry, I did not get that.",
)  # fmt: skip
