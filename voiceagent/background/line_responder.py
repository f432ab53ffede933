"""The responder of a call: the profile's, behind what every caller may say of the line."""

from voiceagent.background.callback_responder import CallbackResponder
from voiceagent.background.honest_responder import HonestResponder
from voiceagent.background.patient_responder import PatientResponder
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.reply import OffersCallback, Responder


def line_responder(inner: Responder, profile: AgentProfile, caller: str) -> OffersCallback:
    """`inner`, which decides what the profile wants, with callbacks, asked time and the truth about us in front.

    caller: the number from signalling.
    """
    return HonestResponder(PatientResponder(CallbackResponder(inner, profile, caller), profile), profile)
