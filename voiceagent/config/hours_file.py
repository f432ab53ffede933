"""The opening hours of a profile: `zone`, and spans by day as people write them."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from voiceagent.config.yaml_values import YamlValues
from voiceagent.conversation.opening_hours import DAYS, OpeningHours, Spans, parse_spans
from voiceagent.core.errors import BadInput


def read_hours(values: YamlValues, node: yaml.Node | None) -> OpeningHours | None:
    """The section `hours`; None without one: people are always there."""
    if node is None:
        return None
    entries = values.section(node, "hours", frozenset({"zone", *DAYS}))
    zone = values.required_text(entries, "zone", "hours", node, "name a time zone like Europe/Berlin")
    try:
        ZoneInfo(zone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        values.complain(entries.get("zone", node), f"hours.zone: there is no time zone '{zone}'; write Europe/Berlin")
        return None
    days: dict[str, Spans] = {}
    for day in DAYS:
        try:
            days[day] = parse_spans(values.text(entries, day, "hours"))
        except BadInput as problem:
            values.complain(entries.get(day, node), f"hours.{day}: {problem}")
    return OpeningHours(zone=zone, days={day: spans for day, spans in days.items() if spans})
