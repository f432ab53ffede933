"""Where the audio of a call is, as the library tells it. SIP thread only."""

from typing import Any

import pjsua2 as pj


def audio_of(info: Any) -> tuple[int, bool, bool]:
    """(index of the stream, -1 for none; the far end does not send; somebody is on hold), of the first audio line."""
    for media in info.media:
        if media.type == pj.PJMEDIA_TYPE_AUDIO and media.status != pj.PJSUA_CALL_MEDIA_NONE:
            held = not media.dir & pj.PJMEDIA_DIR_DECODING
            waits = media.status in {pj.PJSUA_CALL_MEDIA_REMOTE_HOLD, pj.PJSUA_CALL_MEDIA_LOCAL_HOLD}
            return (media.index if media.audioConfSlot != pj.PJSUA_INVALID_ID else -1), held, waits
    return -1, True, False
