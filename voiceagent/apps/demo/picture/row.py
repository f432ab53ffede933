"""One row of the picture: some seconds of a call, from the caller's words at the top to the background work below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from voiceagent.apps.demo.picture.glyphs import act_glyph, bracket
from voiceagent.apps.demo.picture.lane_items import LANE, LaneItem, lanes_of
from voiceagent.apps.demo.picture.scene import Scene, Speaker, Words
from voiceagent.apps.demo.picture.text_flow import TextLine, cut_to_row, sentences_of, wrap
from voiceagent.audio.frame import Pcm, ms_to_samples
from voiceagent.audio.level import envelope

LEFT: Final = 118.0
RIGHT: Final = 1560.0
ROW_MS: Final = 20_000
_SIZE, _LEADING, _MOST_LINES = 12.0, 15.0, 6
_WAVE: Final = 46.0  # height of a waveform lane
_AXIS: Final = 40.0  # between the lanes: brackets above, floor acts below
_TIMES: Final = 20.0
_STEP_PX: Final = 1.6
_GAMMA: Final = 0.65  # so that quiet speech can be seen
_FULL: Final = 0.5  # voices peak at -6 dBFS
_NOTED: Final = frozenset({"disclosure", "notice", "consent", "filler", "result", "correction", "apology"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A sentence where it is drawn."""

    speaker: Speaker
    left: float
    lines: Sequence[TextLine]
    note: str

    @property
    def height(self) -> float:
        return _LEADING * len(self.lines) + (11.0 if self.note else 0.0)


class Row:
    """The part of a scene within [start_ms, end_ms), at `top`."""

    def __init__(self, scene: Scene, start_ms: int, end_ms: int, top: float) -> None:
        self._scene = scene
        self._start_ms = start_ms
        self._end_ms = end_ms
        self.top = top
        self._blocks = [block for speaker in Speaker for block in self._blocks_of(speaker)]
        self._lanes: Sequence[Sequence[LaneItem]] = lanes_of(scene, start_ms, end_ms, self._x, RIGHT)
        self._caller_y = top + _TIMES + self._text_height(Speaker.CALLER) + 8
        self._axis_y = self._caller_y + _WAVE
        self._agent_y = self._axis_y + _AXIS
        self._lanes_y = self._agent_y + _WAVE + self._text_height(Speaker.AGENT) + 16
        self.bottom = self._lanes_y + LANE * len(self._lanes)

    def draw(self) -> Iterator[str]:
        """SVG elements, back to front."""
        yield from self._grid()
        yield from self._recording()
        yield from self._channel(Speaker.CALLER, self._scene.said, self._caller_y)
        yield from self._channel(Speaker.AGENT, self._scene.heard, self._agent_y)
        yield from self._axis()
        for number, lane in enumerate(self._lanes):
            for item in lane:
                yield from item.draw(self._lanes_y + number * LANE + 6, self._axis_y + _AXIS / 2)

    def _x(self, at_ms: float) -> float:
        return LEFT + (at_ms - self._start_ms) / ROW_MS * (RIGHT - LEFT)

    def _text_height(self, speaker: Speaker) -> float:
        return max((block.height for block in self._blocks if block.speaker is speaker), default=0.0)

    def _blocks_of(self, speaker: Speaker) -> Iterator[_Block]:
        sentences = [
            sentence for words in self._scene.words if words.speaker is speaker for sentence in sentences_of(words)
        ]
        for index, sentence in enumerate(sentences):
            here = cut_to_row(sentence, self._start_ms, self._end_ms)
            if here is None or not (here.text or here.unspoken):
                continue
            following = sentences[index + 1].start_ms if index + 1 < len(sentences) else self._end_ms
            yield self._block(here, min(max(following, here.end_ms), self._start_ms + ROW_MS))

    def _block(self, words: Words, room_until_ms: int) -> _Block:
        left, right = self._x(words.start_ms), self._x(words.end_ms)
        free = self._x(room_until_ms) - left - 12
        room = max(min(free, max(right - left, 190.0)), 60.0)  # short words may use the silence behind them
        note = words.note if words.note in _NOTED else ""
        lines = wrap(words, room, _SIZE, _MOST_LINES)
        return _Block(speaker=words.speaker, left=left, lines=lines, note=note)

    def _grid(self) -> Iterator[str]:
        for at_ms in range(self._start_ms, self._end_ms, 5000):
            x = self._x(at_ms)
            minutes, seconds = divmod(at_ms // 1000, 60)
            yield f'<path class="tick" d="M{x:.1f} {self.top + 16:.1f}V{self._agent_y + _WAVE:.1f}"/>'
            yield f'<text class="soft small" x="{x:.1f}" y="{self.top + 10:.1f}">{minutes}:{seconds:02}</text>'

    def _recording(self) -> Iterator[str]:
        since_ms = max(self._scene.recording_from_ms, self._start_ms)
        if self._scene.recording_from_ms >= 0 and since_ms < self._end_ms:
            y = self._axis_y + _AXIS / 2
            yield f'<path class="rec" d="M{self._x(since_ms):.1f} {y:.1f}H{self._x(self._end_ms):.1f}"/>'

    def _channel(self, speaker: Speaker, pcm: Pcm, y: float) -> Iterator[str]:
        middle = y + _WAVE / 2
        yield f'<text class="{speaker} strong" x="40" y="{middle + 4:.1f}">{speaker}</text>'
        yield f'<path class="rule" d="M{LEFT:.1f} {middle:.1f}H{self._x(self._end_ms):.1f}"/>'
        for words in self._scene.words:
            if words.speaker is speaker:
                yield from self._wash(words, y)
        yield self._wave(speaker, pcm, middle)
        for block in self._blocks:
            if block.speaker is speaker:
                yield from _text(block, y)

    def _wash(self, words: Words, y: float) -> Iterator[str]:
        """The ground under an utterance."""
        left, right = self._x(max(words.start_ms, self._start_ms)), self._x(min(words.end_ms, self._end_ms))
        if right - left > 10:
            yield (
                f'<rect class="wash-{words.speaker}" x="{left - 2:.1f}" y="{y:.1f}" width="{right - left + 2:.1f}" '
                f'height="{_WAVE:.1f}" rx="6"/>'
            )

    def _wave(self, speaker: Speaker, pcm: Pcm, middle: float) -> str:
        part = pcm[ms_to_samples(self._start_ms) : ms_to_samples(self._end_ms)]
        width = self._x(self._end_ms) - LEFT
        peaks = envelope(part, max(1, int(width / _STEP_PX)))
        heights = [min(1.0, float(peak) / _FULL) ** _GAMMA * (_WAVE / 2 - 1) for peak in peaks]
        steps = [(LEFT + index * _STEP_PX, height) for index, height in enumerate(heights) if height > 0.35]
        bars = "".join(f"M{x:.1f} {middle - height:.1f}v{2 * height:.1f}" for x, height in steps)
        return f'<path d="{bars}" style="stroke:var(--{speaker});stroke-width:1.2;fill:none"/>'

    def _axis(self) -> Iterator[str]:
        for stretch in self._scene.stretches:
            if self._start_ms <= stretch.start_ms < self._end_ms:
                end_ms = min(stretch.end_ms, self._start_ms + ROW_MS)
                yield bracket(stretch, self._x(stretch.start_ms), self._x(end_ms), self._axis_y + 10)
        for mark in self._scene.marks:
            if self._start_ms <= mark.at_ms < self._end_ms:
                yield act_glyph(mark.act, self._x(mark.at_ms), self._axis_y + _AXIS - 10)


def rows(scene: Scene, top: float, gap: float) -> Sequence[Row]:
    """The scene in rows of ROW_MS, the first at `top`."""
    total_ms = max(1, len(scene.heard) * 1000 // ms_to_samples(1000))
    out: list[Row] = []
    for start_ms in range(0, total_ms, ROW_MS):
        out.append(Row(scene, start_ms, min(start_ms + ROW_MS, total_ms), top))
        top = out[-1].bottom + gap
    return out


def _text(block: _Block, y: float) -> Iterator[str]:
    """A sentence above (caller) or under (agent) its waveform, which begins at `y`."""
    if block.speaker is Speaker.CALLER:
        first = y - 7 - _LEADING * (len(block.lines) - 1)
    else:
        first = y + _WAVE + 15 + (11 if block.note else 0)
        if block.note:
            yield f'<text class="note" x="{block.left:.1f}" y="{y + _WAVE + 12:.1f}">{escape(block.note)}</text>'
    for number, line in enumerate(block.lines):
        spoken, silent = escape(line.text[: line.unspoken]), escape(line.text[line.unspoken :])
        tail = f'<tspan class="unspoken">{silent}</tspan>' if silent else ""
        yield f'<text x="{block.left:.1f}" y="{first + number * _LEADING:.1f}">{spoken}{tail}</text>'
