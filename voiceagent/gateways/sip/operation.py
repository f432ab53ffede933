"""Parameters of what is done to a call."""

from typing import Any

import pjsua2 as pj

Headers = tuple[tuple[str, str], ...]
_DEFAULTS = True  # ask the library for its default call settings


def call_operation(sip_code: int = 0, phrase: str = "", headers: Headers = ()) -> Any:
    """Parameters of an answer, hangup or call with extra headers."""
    operation = pj.CallOpParam(_DEFAULTS)
    operation.statusCode = sip_code
    operation.reason = phrase
    for name, value in headers:
        header = pj.SipHeader()
        header.hName = name
        header.hValue = value
        operation.txOption.headers.push_back(header)
    return operation
