"""What every caller may say of the line itself, in JSGF: that they need time, that they want to be called back should
the call be lost. Pure text.

Less than `conversation.asked_time` and `conversation.lost_call` read: every way of saying a thing costs a closed
recogniser certainty about the others.
"""

from typing import Final

ASKED_TIME: Final = "/0.05/ <asked_time>"
ASKED_TIME_RULES: Final = (
    (
        "<length> = (a | one) (second | moment | minute) | half a minute"
        " | (a few | a couple of | two | three | four | five | ten) minutes | (ten | twenty | thirty) seconds;"
    ),
    (
        "<asked_time> = (hold on | hang on | bear with me) [[for] <length>]"
        " | [just | wait | [can you | could you | just] give me | i need] <length>;"
    ),
)
IF_LOST: Final = "/0.05/ <if_lost>"
IF_LOST_RULES: Final = (
    (
        "<lost> = if ((i'm | i am) silent | i don't answer | (we | i) get (cut off | disconnected)"
        " | we lose each other | the (line | call) drops);"
    ),
    (
        "<if_lost> = <lost> [please | can you | could you] call me back"
        " | [please | can you | could you] call me back <lost> | (don't | do not) call me back;"
    ),
)
