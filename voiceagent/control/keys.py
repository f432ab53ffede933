"""Every key in Redis and how long it lives. One prefix, so that a shared Redis stays readable."""

from typing import Final

_PREFIX: Final = "va:"

# -- events on their way to Postgres; entries go when they are stored
EVENTS: Final = _PREFIX + "events"
EVENTS_GROUP: Final = "records"
EVENTS_SET_ASIDE: Final = _PREFIX + "events:set-aside"  # refused by Postgres, kept for an operator
SET_ASIDE_LENGTH: Final = 10_000
SET_ASIDE_S: Final = 7 * 86_400  # they may hold words of callers; the shortest term of those is days, too

# -- presence; heartbeats come three times per TTL
WORKERS: Final = _PREFIX + "workers"
GATEWAYS: Final = _PREFIX + "gateways"
PRESENCE_TTL_MS: Final = 6_000

# -- leases: lost within this time when their holder dies
FENCE: Final = _PREFIX + "fence"
LEASE_TTL_MS: Final = 10_000

# -- routing
DIRECTORY: Final = _PREFIX + "directory"

COMMAND_TTL_MS: Final = 30_000  # a command nobody took by then is for a gateway that is gone
LIVE_TTL_S: Final = 3_600  # for viewers who come late; the record itself is in Postgres
LIVE_LENGTH: Final = 20_000


def live(call_id: str) -> str:
    """Stream of one call's events, for viewers; the entry id is `<seq>-0`."""
    return f"{_PREFIX}call:{call_id}:live"


def call_owner(call_id: str) -> str:
    """The gateway that runs the call now."""
    return f"{_PREFIX}call:{call_id}:gateway"


def idempotency(name: str) -> str:
    """Hash: what was asked for under an Idempotency-Key, and the answer once there is one."""
    return f"{_PREFIX}once:{name}"


def rate_limit(bucket: str) -> str:
    """Hash of a token bucket: level, and when it was that."""
    return f"{_PREFIX}limit:{bucket}"


def worker(worker_id: str) -> str:
    return f"{_PREFIX}worker:{worker_id}"


def worker_leases(worker_id: str) -> str:
    """Sorted set: lease -> server time in ms when it ends."""
    return worker(worker_id) + ":leases"


def gateway(gateway_id: str) -> str:
    return f"{_PREFIX}gateway:{gateway_id}"


def gateway_calls(gateway_id: str) -> str:
    """Hash: running call -> tenant. Has no TTL: it is what the reaper finds."""
    return gateway(gateway_id) + ":calls"


def gateway_commands(gateway_id: str) -> str:
    return gateway(gateway_id) + ":commands"
