"""What the caller's words over ours are: a wish, a sign of listening, or neither. Pure."""

from voiceagent.conversation.courtesy import only_courteous
from voiceagent.conversation.hearing import Recognised
from voiceagent.conversation.profile import AgentProfile
from voiceagent.conversation.read_back import refuses
from voiceagent.conversation.reply import LINE_WISHES, OffersCallback
from voiceagent.session.handing_over import HandingOver
from voiceagent.session.mouth import Mouth


class Overheard:
    """Reads one call's words over ours."""

    def __init__(
        self, profile: AgentProfile, responder: OffersCallback, mouth: Mouth, handing_over: HandingOver
    ) -> None:
        self._intents = {intent.name for intent in profile.intents} | LINE_WISHES
        self._responder = responder
        self._mouth = mouth
        self._handing_over = handing_over

    def is_wish(self, recognised: Recognised) -> bool:
        """A wish that the profile knows, or every caller's; a bare "yes" or "right" is none."""
        if not recognised.understood:
            return False
        reply = self._responder.propose(recognised.text, asked=self._mouth.asked)
        return reply.work is not None or reply.intent in self._intents

    def lets_us_go_on(self, recognised: Recognised) -> bool:
        """A sign of listening. While the caller hears where they go, all but a no and another wish is one: they asked
        to go there."""
        if not recognised.understood:
            return False
        if self._handing_over.announcing:
            return only_courteous(recognised.text) or not (refuses(recognised.text) or self.is_wish(recognised))
        return self._responder.propose(recognised.text, asked=self._mouth.asked).empty
