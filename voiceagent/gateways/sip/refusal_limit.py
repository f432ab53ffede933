"""How many of the calls that we turn away are written to records. Pure: time is passed in.

Anybody can send INVITEs; a scanner that sends hundreds a second must not fill the stores that running calls need.
"""

from collections import OrderedDict

from voiceagent.gateways.sip.token_bucket import Rate, TokenBucket


class RefusalLimit:
    """A bucket for each source and one for all. Sources are forgotten as soon as their bucket must be full again.

    What is kept is bounded without a limit of its own: a source is only kept when the bucket of all gave a token too.
    """

    def __init__(self, *, per_source: Rate, in_all: Rate) -> None:
        self._per_source = per_source
        self._idle_s = per_source.burst / per_source.per_s  # fills an empty bucket
        self._all = TokenBucket(in_all)
        self._sources: OrderedDict[str, TokenBucket] = OrderedDict()  # the one that waited longest first

    @property
    def sources(self) -> int:
        """How many sources are remembered now."""
        return len(self._sources)

    def allows(self, source: str, now_s: float) -> bool:
        """Whether a refusal of `source` may be recorded at `now_s`, which never goes back."""
        self._forget(now_s)
        bucket = self._sources.get(source) or TokenBucket(self._per_source)
        if min(bucket.level(now_s), self._all.level(now_s)) < 1.0:
            return False
        bucket.take(now_s)
        self._all.take(now_s)
        self._sources[source] = bucket
        self._sources.move_to_end(source)
        return True

    def _forget(self, now_s: float) -> None:
        while self._sources:
            source, bucket = next(iter(self._sources.items()))
            if now_s - bucket.taken_s < self._idle_s:
                return
            del self._sources[source]
