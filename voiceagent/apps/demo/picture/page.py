"""The whole picture: heading, figures, legend, rows."""

from typing import Final
from xml.sax.saxutils import escape

from voiceagent.apps.demo.picture.glyphs import legend
from voiceagent.apps.demo.picture.row import RIGHT, rows
from voiceagent.apps.demo.picture.scene import Scene
from voiceagent.apps.demo.picture.style import STYLE

_WIDTH: Final = 1600
_FIGURES_Y: Final = 86.0
_ROWS_Y: Final = 196.0
_GAP: Final = 26.0


def draw(scene: Scene) -> str:
    """The picture as an SVG document that needs no other file."""
    placed = rows(scene, _ROWS_Y, _GAP)
    height = placed[-1].bottom + 24
    body = [*_heading(scene), legend(RIGHT, _ROWS_Y - 30)]
    for row in placed:
        body.append(
            f'<rect class="card" x="24" y="{row.top - 10:.1f}" width="{_WIDTH - 48}" '
            f'height="{row.bottom - row.top + 16:.1f}" rx="12"/>'
        )
        body += row.draw()
    inside = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}">\n<title>{escape(scene.title)}</title>\n<style>{STYLE}</style>\n'
        f'<rect class="paper" width="{_WIDTH}" height="{height:.0f}"/>\n{inside}\n</svg>\n'
    )


def _heading(scene: Scene) -> list[str]:
    parts = [
        f'<text class="title" x="40" y="46">{escape(scene.title)}</text>',
        f'<text class="soft" x="40" y="68">{escape(scene.subtitle)}</text>',
    ]
    x = 40.0
    for value, name in scene.figures:
        parts.append(f'<text class="value" x="{x:.1f}" y="{_FIGURES_Y + 22:.1f}">{escape(value)}</text>')
        parts.append(f'<text class="soft small" x="{x:.1f}" y="{_FIGURES_Y + 40:.1f}">{escape(name)}</text>')
        x += max(len(value) * 11.5, len(name) * 5.8) + 40
    return parts
