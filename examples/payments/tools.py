"""The payment provider, made up: it takes every card but those that end in 2."""

import secrets

from voiceagent.tools import Captured, Effect, tool


@tool(name="payments.tokenise", effect=Effect.READ, timeout_s=5)
async def tokenise(bill_number: str, card: Captured, code: Captured) -> dict[str, object]:
    """Exchange the card for a token; a real one asks the provider, and the token is charged by another tool."""
    figures = card.reveal()
    if figures.endswith("2") or not code.reveal():
        return {"found": False}
    return {"found": True, "bill_number": bill_number, "token": secrets.token_urlsafe(12), "last_four": figures[-4:]}
