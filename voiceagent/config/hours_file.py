"""The opening hours of a profile: spans by day as people write them."""

import yaml

from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.opening_hours import DAYS, OpeningHours, Spans, parse_spans
from voiceagent.core.errors import BadInput


def read_hours(values: YamlValues, node: yaml.Node | None, timezone: str) -> OpeningHours | None:
    """The section `hours`, on the clocks of `timezone`; None without one: people are always there."""
    if node is None:
        return None
    entries = values.section(node, "hours", frozenset(DAYS))
    days: dict[str, Spans] = {}
    for day in DAYS:
        try:
            days[day] = parse_spans(values.text(entries, day, "hours"))
        except BadInput as problem:
            values.complain(entries.get(day, node), f"hours.{day}: {problem}")
    return OpeningHours(zone=timezone, days={day: spans for day, spans in days.items() if spans})
