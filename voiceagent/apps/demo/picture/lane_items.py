"""The lines under a row: background work as bars, moments as dots, each with its caption, without overlaps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from voiceagent.apps.demo.picture.scene import Flag, Scene, Work
from voiceagent.apps.demo.picture.text_flow import width_px

LANE: Final = 19.0  # height of one line
_SIZE: Final = 10.5
_BETWEEN: Final = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneItem:
    """A bar or a dot from `left` to `right`, its caption behind it or, where the row ends, before it."""

    left: float
    right: float
    caption: str
    tone: str
    is_bar: bool
    caption_first: bool

    @property
    def extent(self) -> tuple[float, float]:
        """From where to where it goes, caption included."""
        width = width_px(self.caption, _SIZE) + 8
        return (self.left - width, self.right) if self.caption_first else (self.left, self.right + width)

    def draw(self, y: float, stem_from: float) -> Iterator[str]:
        """At height `y`; a dot is tied to its moment by a stem that comes down from `stem_from`."""
        if self.is_bar:
            yield (
                f'<rect class="{self.tone}" x="{self.left:.1f}" y="{y - 4:.1f}" '
                f'width="{self.right - self.left:.1f}" height="8" rx="4"/>'
            )
        else:
            x = (self.left + self.right) / 2
            yield f'<path class="tick" d="M{x:.1f} {stem_from:.1f}V{y - 6:.1f}"/>'
            yield f'<circle class="{self.tone}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        x, anchor = (self.left - 6, "end") if self.caption_first else (self.right + 6, "start")
        yield (
            f'<text class="{self.tone} small" x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="{anchor}">'
            f"{escape(self.caption)}</text>"
        )


def lanes_of(
    scene: Scene, start_ms: int, end_ms: int, to_x: Callable[[float], float], right_edge: float
) -> Sequence[Sequence[LaneItem]]:
    """What of `scene` lies within [start_ms, end_ms), on as few lines as it fits."""
    items = [
        *(_bar(work, start_ms, end_ms, to_x, right_edge) for work in scene.works if _overlaps(work, start_ms, end_ms)),
        *(_dot(flag, to_x, right_edge) for flag in scene.flags if start_ms <= flag.at_ms < end_ms),
    ]
    lanes: list[list[LaneItem]] = []
    for item in sorted(items, key=lambda item: item.extent):
        free = (lane for lane in lanes if lane[-1].extent[1] + _BETWEEN < item.extent[0])
        lane = next(free, None)
        if lane is None:
            lanes.append([item])
        else:
            lane.append(item)
    return lanes


def _overlaps(work: Work, start_ms: int, end_ms: int) -> bool:
    return work.start_ms < end_ms and work.end_ms >= start_ms


def _bar(work: Work, start_ms: int, end_ms: int, to_x: Callable[[float], float], right_edge: float) -> LaneItem:
    left = to_x(max(work.start_ms, start_ms))
    right = max(to_x(min(work.end_ms, end_ms)), left + 8)
    return LaneItem(
        left=left,
        right=right,
        caption=work.label,
        tone="work" if work.ok else "bad",
        is_bar=True,
        caption_first=right + width_px(work.label, _SIZE) > right_edge,
    )


def _dot(flag: Flag, to_x: Callable[[float], float], right_edge: float) -> LaneItem:
    x = to_x(flag.at_ms)
    return LaneItem(
        left=x - 4.5,
        right=x + 4.5,
        caption=flag.text,
        tone=flag.tone,
        is_bar=False,
        caption_first=x + 10 + width_px(flag.text, _SIZE) > right_edge,
    )
