"""A run's validation losses as a picture: `python -m voiceagent.interaction.training.curves RUN OUT.svg`."""

import argparse
import json
from pathlib import Path
from typing import Final

_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 150, 20, 44
# Legible on light and on dark pages.
_COLOURS: Final = {
    "floor": "#d9480f",
    "projection": "#1c7ed6",
    "activity": "#2f9e44",
    "words": "#9c36b5",
    "backchannel": "#0c8599",
}
_GREY: Final = "#868e96"


def picture(rows: list[dict[str, float]]) -> str:
    """An SVG of every loss over the steps, each as a share of its first value; the last value in nats at its end."""
    last = max(row["step"] for row in rows)
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="13"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {box}>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(share)
        parts.append(f'<path d="M{_LEFT} {y:.0f}H{_WIDTH - _RIGHT}" stroke="{_GREY}" stroke-opacity=".35"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" fill="{_GREY}" text-anchor="end">{share:.0%}</text>')
    for name, colour in _COLOURS.items():
        points = [(_x(row["step"], last), _y(row[name] / rows[0][name])) for row in rows if name in row]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = points[-1]
        parts.append(f'<text x="{x + 8:.0f}" y="{y + 4:.0f}" fill="{colour}">{name} {rows[-1][name]:.3f}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{_HEIGHT - 10}" fill="{_GREY}" text-anchor="middle">'
        f"validation loss, share of its first value; steps to {last:.0f}</text>"
    )
    return "\n".join([*parts, "</svg>\n"])


def _x(step: float, last: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * step / last


def _y(share: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - min(share, 1.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run's folder, with losses.jsonl")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in (arguments.run / "losses.jsonl").read_text().splitlines()]
    arguments.out.write_text(picture(rows))


if __name__ == "__main__":
    main()
