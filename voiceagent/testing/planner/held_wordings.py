"""The words of the held-out set: written before the planner was measured on it, and not changed for it since.

Not held out are the ways of saying days and times (`spoken_values`) and the list of errors (`word_errors`).
"""

from typing import Final

from voiceagent.testing.planner.wording import CommonWording, LineWording

HELD_COMMON: Final = CommonWording(
    corrections=(
        "{a} oh sorry no {v}",
        "{a} or rather {v}",
        "{a} i mean {v}",
        "{a} wait no {v}",
        "{a} hang on no it's {v}",
        "{a} no no {v}",
    ),
    yes=("yeah", "yep please", "yes you can", "yes that is right", "yes exactly", "yeah go ahead", "that's correct"),
    no=("nope", "no thank you", "no leave it", "no i don't want that", "no not like that", "don't do it"),
    remarks=(
        "oh hi good morning",
        "right um let me see",
        "my daughter told me to call you",
        "okay so listen",
        "excuse me the dog again",
    ),
    asides=("i hope that works", "i'm on the train you know", "i have it here somewhere", "thanks a million"),
    goodbyes=("okay that was it bye", "that is all i needed thank you", "bye bye", "nothing else thanks goodbye"),
    person=(
        "is there anyone i can speak to",
        "put me through to a real person please",
        "i'd prefer to speak to a human",
        "let me talk to someone",
    ),
)
HELD_LINES: Final = (
    LineWording(
        line="orders",
        intent="order_status",
        opening=(
            "my parcel still hasn't arrived and i want to know where it is",
            "what is happening with my order",
            "i'm waiting for a package when will it come",
            "i'd like to track something i ordered",
        ),
        opening_with=(
            "what's going on with order {order_number}",
            "i am calling because of my order {order_number} where is it",
            "has order {order_number} been sent yet",
        ),
        answers={
            "order_number": ("{v}", "yes it is {v}", "here it says {v}", "order number {v}", "i've got {v} here"),
        },
        digressions=(
            ("opening_hours", ("what time do you open", "what are the opening times")),
            ("return_parcel", ("what if i want to send it back", "can i return it later")),
        ),
    ),
    LineWording(
        line="delivery",
        intent="change_delivery",
        opening=(
            "i won't be home can you bring my parcel on another day",
            "i'd like to reschedule a delivery",
            "is it possible to change the day of a delivery",
        ),
        opening_with=(
            "could order {order_number} be delivered {delivery_day}",
            "please change the delivery of order {order_number} to {delivery_day}",
            "i'd like you to deliver {order_number} {delivery_day}",
        ),
        answers={
            "order_number": ("{v}", "the number is {v}", "sure {v}", "it should be {v}"),
            "delivery_day": ("{v}", "let's say {v}", "{v} is best for me", "could you do {v}"),
        },
        changes=("no hang on {v} is better", "oh no {v} please", "no let's do {v} instead"),
        digressions=(
            ("opening_hours", ("what time do you open", "until when are you open")),
            ("return_parcel", ("and how would i return a parcel", "can i return it later")),
        ),
    ),
    LineWording(
        line="clinic",
        intent="move_appointment",
        opening=(
            "i've got an appointment but i can't make it so i want to move it",
            "could we find a different time for my appointment",
            "i'm calling to postpone my appointment",
            "my appointment has to be moved i'm afraid",
        ),
        opening_with=(
            "could you shift my appointment to {day} at {time}",
            "is it possible to reschedule my appointment for {day} at {time}",
            "i have to move my appointment {day} {time} would be great",
        ),
        answers={
            "day": ("{v}", "let me think {v}", "{v} if possible", "would {v} work", "preferably {v}"),
            "time": ("{v}", "let's say {v}", "{v} please", "{v} if you can", "could i come at {v}"),
        },
        changes=("no hang on {v} please", "no i need {v}", "sorry no {v} is better"),
        digressions=(
            ("opening_hours", ("till when are you open", "what time do you close")),
            ("where_are_you", ("what was the address again", "where exactly is the practice")),
        ),
    ),
    LineWording(
        line="bank",
        intent="block_card",
        opening=(
            "my card has gone missing",
            "i can't find my bank card anywhere it must be blocked",
            "someone took my card i need it stopped",
            "i want my card locked please",
        ),
        opening_with=(
            "can you block a card for me it's the one ending {card_digits}",
            "my card {card_digits} was stolen",
            "i lost the card ending in {card_digits} please lock it",
        ),
        answers={
            "card_digits": ("{v}", "the digits are {v}", "ending {v}", "one moment it's {v}", "that's {v}"),
        },
        changes=("no not that one it's {v}", "no hang on {v}", "oh sorry no {v}"),
        digressions=(
            ("new_card", ("will i get a replacement", "how long does a new card take")),
            ("opening_hours", ("what time does the branch open", "is the branch open now")),
        ),
    ),
)
