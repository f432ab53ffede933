"""What every caller may say of the line itself, in JSGF: that they need time, that they want to be called back should
the call be lost, that they do not want to be recorded, or called again, and whether this is a person. Pure text.

Less than `conversation.asked_time`, `lost_call`, `withdrawal` and `honesty` read: every way of saying a thing costs a
closed recogniser certainty about the others.
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
WITHDRAWAL: Final = "/0.05/ <withdrawal>"
# "Don't stop recording" is listened for as itself, so that "stop recording" is not heard in its place.
WITHDRAWAL_RULES: Final = (
    "<recorded_what> = me | us | this | it | (this | the) (call | conversation);",
    "<i_not> = i (don't | do not | no longer);",
    (
        "<withdrawal> = [can you | could you | please | don't | do not]"
        " stop (recording [<recorded_what>] | the recording)"
        " | (turn | switch) (off the recording | the recording off)"
        " | (don't | do not) record [<recorded_what>]"
        " | no recording"
        " | <i_not> want (to be recorded [anymore | any more] | (this | the) call [to be] recorded"
        " | you to record [<recorded_what>])"
        " | (i'd | i would) rather not be recorded"
        " | i (withdraw | revoke | take back) my consent"
        " | <i_not> (consent | agree) to (the recording | being recorded);"
    ),
)
OPT_OUT: Final = "/0.05/ <opt_out>"  # in the lines of who calls people
OPT_OUT_RULES: Final = (
    (
        "<opt_out> = [please] (stop (calling [me | us | here | this number] | these calls)"
        " | (don't | do not | never) call [me | us | here | this number] [again | anymore | any more]"
        " | (take | remove) (me | us | my number) (off | from) (your | the) list"
        " | (put me on | add me to) (your | the) do not call list"
        " | no more calls | leave (me | us) alone"
        " | i (don't | do not) want [any | these | your] [more] calls);"
    ),
)
ABOUT_US: Final = "/0.05/ <about_us>"
ABOUT_US_RULES: Final = (
    (
        "<us> = [a | an | the] [real | live | actual] (robot | bot | chatbot | machine | computer | ai | a i | person"
        " | human [being]) | artificial intelligence | a recording | an automated (system | voice)"
        " | a computer program | a virtual assistant;"
    ),
    (
        "<about_us> = (am i | are we) (talking | speaking) (to | with) <us> [or <us>]"
        " | (are you | is this | you're | you are) [really | actually | just] <us> [or <us>]"
        " | (are you not | aren't you | isn't this) <us>"
        " | is (there | it) <us> [there | on the line]"
        " | do i (talk | speak) (to | with) <us> | who am i (talking | speaking) to | what are you;"
    ),
)
