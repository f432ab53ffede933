"""The rule packs of a process: loaded once, with a warning for those that end soon."""

import structlog

from voiceagent.compliance.rules.book import RuleBook
from voiceagent.compliance.rules.place import place_of_number
from voiceagent.compliance.rules.rules import Origin
from voiceagent.config.rule_settings import RuleSettings, load_rule_book
from voiceagent.core.clock import Clock

_log = structlog.get_logger(__name__)


def rules_of_process(settings: RuleSettings, clock: Clock) -> RuleBook:
    """Raises ConfigError."""
    book = load_rule_book(settings)
    place_of_number("+12025550100")  # reads the tables of numbers now, not while the first call waits
    for one in book.expiring(clock.now().date()):
        _log.warning(
            "a rule pack ends; outbound calls of its places are refused after", pack=one.name, days=one.days_left
        )
    for booked in book.packs:
        if booked.origin is Origin.UNSIGNED:
            _log.warning("an unsigned rule pack is in use", pack=booked.pack.id, sha256=booked.sha256)
    return book
