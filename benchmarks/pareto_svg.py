"""Draws trade-offs as SVG by hand: panels of points and curves, readable on light and dark pages."""

from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 860, 424
_PANEL_WIDTH, _LEFT, _TOP, _BOTTOM = 330, 64, 96, 364
_STYLE = """
svg { --paper:#fcfbf8; --line:#dedbd2; --ink:#23262d; --soft:#6c717c; --ours:#3f5fd8; --peer:#b8641a;
  font-family: Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --paper:#15171c; --line:#343842; --ink:#e9e7e1; --soft:#a0a5b1;
  --ours:#8ba2ff; --peer:#f0a860; } }
.paper { fill:var(--paper); } text { fill:var(--ink); font-size:13px; } .soft { fill:var(--soft); font-size:12px; }
.title { font-size:15px; font-weight:600; } .grid { stroke:var(--line); stroke-width:1; }
.curve { fill:none; stroke:var(--ours); stroke-width:2; } .ours { fill:var(--ours); } .peer { fill:var(--peer); }
text.ours, text.peer { font-size:12px; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """label: written beside it, nothing when empty. x, y in the units of the axes."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture of the two: both axes begin at 0, and less is better on both."""

    title: str
    x_label: str
    y_label: str
    curve: tuple[Point, ...]
    usual: Point  # the default setting, on the curve
    peers: tuple[Point, ...]
    x_most: float | None = None  # where the axis ends, if not a little past the last point


def draw(title: str, panels: list[Panel]) -> str:
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        _text(_LEFT - 44, 28, f"{title}. Nearer to the lower left corner is better.", "soft"),
    ]
    for number, panel in enumerate(panels):
        parts += _panel(panel, _LEFT + number * (_PANEL_WIDTH + 96))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: int) -> list[str]:
    points = (*panel.curve, *panel.peers)
    most_x, step_x = _scale(max(point.x for point in points), panel.x_most)
    most_y, step_y = _scale(max(point.y for point in points))

    def place(point: Point) -> tuple[float, float]:
        return left + point.x / most_x * _PANEL_WIDTH, _BOTTOM - point.y / most_y * (_BOTTOM - _TOP)

    parts = [_text(left, _TOP - 34, panel.title, "title")]
    for tick in _ticks(most_y, step_y):
        y = place(Point(x=0, y=tick))[1]
        parts.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{left + _PANEL_WIDTH}" y2="{y:.1f}"/>')
        parts.append(_text(left - 8, y + 4, f"{tick:g}", "soft", "end"))
    for tick in _ticks(most_x, step_x):
        x = place(Point(x=tick, y=0))[0]
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_BOTTOM}"/>')
        parts.append(_text(x, _BOTTOM + 18, f"{tick:g}", "soft", "middle"))
    parts.append(_text(left + _PANEL_WIDTH / 2, _BOTTOM + 42, panel.x_label, "", "middle"))
    parts.append(_text(left - 44, _TOP - 14, panel.y_label, "soft"))
    places = " ".join("{:.1f},{:.1f}".format(*place(point)) for point in panel.curve)
    parts.append(f'<polyline class="curve" points="{places}"/>')
    labels = _Labels(left, [place(point) for point in points])
    for dots, radius, kind in (((panel.usual,), 6.5, "ours"), (panel.peers, 5.5, "peer"), (panel.curve, 3.5, "ours")):
        for point in dots:
            x, y = place(point)
            parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
            if point.label:
                parts.append(labels.write(x, y, radius, kind, point.label))
    return parts


class _Labels:
    """Writes labels beside points where they cover no dot and no earlier label; the most important come first."""

    def __init__(self, left: int, dots: list[tuple[float, float]]) -> None:
        self._left = left
        self._taken = [(x - 5, x + 5, y + 4) for x, y in dots]  # from x, to x, baseline

    def write(self, x: float, y: float, radius: float, kind: str, label: str) -> str:
        width = 6.6 * len(label)  # of a 12 px letter, on average and a little more
        right = x < self._left + _PANEL_WIDTH * 0.55
        start = x + radius + 5 if right else x - radius - 5 - width
        for down in (-7, 5, 17, -19, 29, -31):
            if all(
                abs(y + down - base) > 12 or start > end or start + width < begin for begin, end, base in self._taken
            ):
                break
        self._taken.append((start, start + width, y + down))
        return _text(start if right else start + width, y + down, label, kind, "start" if right else "end")


def _scale(most: float, end: float | None = None) -> tuple[float, float]:
    """The end of an axis and the distance of its ticks: 1, 2 or 5 times a power of ten, four to eight of them."""
    if end is not None:
        return end, end / 5
    for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000):
        if most / step <= 7:
            return (int(most / step) + 1) * step, step
    return most, most


def _ticks(most: float, step: float) -> list[float]:
    return [round(number * step, 6) for number in range(round(most / step) + 1)]


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
