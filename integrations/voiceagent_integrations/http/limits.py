"""The limits that every connector over HTTP has, as settings."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0, le=60)]
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vendor's settings inherit from this. A caller waits on the phone, so everything is bounded by `budget_s`."""

    budget_s: Seconds = 3.0  # of one look-up or write, with its token, pages, waits and repetitions
    attempt_s: Seconds = 1.5  # of one request: half the budget, so that a lost one can be repeated
    connect_s: Seconds = 1.0
    requests_per_s: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 10.0  # on average, after `burst` at once
    burst: Count = 20
    breaker_failures: Count = 5  # in a row; then nothing is asked for `breaker_open_s`
    breaker_open_s: Seconds = 15.0
    max_body_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 1 << 20  # 50 orders are some 50 KiB
    max_pages: Count = 5
    max_connections: Count = 8
