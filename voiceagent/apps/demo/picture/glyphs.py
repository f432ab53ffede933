"""Small drawn signs: floor acts, brackets, and the legend that explains them. Each returns SVG text."""

from typing import Final

from voiceagent.apps.demo.picture.scene import Act, Stretch
from voiceagent.apps.demo.picture.text_flow import width_px

NAMES: Final = {
    Act.TAKE: "takes the floor",
    Act.DUCK: "ducks",
    Act.RESUME: "resumes",
    Act.STOP: "stops for the caller",
    Act.BACKCHANNEL: "backchannel",
}


def act_glyph(act: Act, x: float, y: float) -> str:
    """A floor act, centred at (x, y)."""
    match act:
        case Act.TAKE:
            return f'<path class="agent" d="M{x - 5:.1f} {y - 4:.1f}h10l-5 9z"/>'
        case Act.DUCK:
            return f'<path class="bracket" style="stroke:var(--agent)" d="M{x - 4:.1f} {y - 2:.1f}l4 4l4 -4"/>'
        case Act.RESUME:
            return f'<path class="bracket" style="stroke:var(--agent)" d="M{x - 4:.1f} {y + 2:.1f}l4 -4l4 4"/>'
        case Act.STOP:
            return f'<rect class="bad" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" rx="1.5"/>'
        case Act.BACKCHANNEL:
            return f'<circle class="ring caller" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'


def bracket(stretch: Stretch, left: float, right: float, y: float) -> str:
    """A measured distance from `left` to `right`, and how long it is."""
    kind = "good" if stretch.kind == "response" else "bad"
    label = f"{stretch.end_ms - stretch.start_ms} ms"
    return (
        f'<path class="bracket {stretch.kind}" d="M{left:.1f} {y - 4:.1f}v8M{left:.1f} {y:.1f}H{right:.1f}'
        f'M{right:.1f} {y - 4:.1f}v8"/>'
        f'<text class="{kind} small strong" x="{right + 5:.1f}" y="{y + 3.5:.1f}">{label}</text>'
    )


def legend(right: float, y: float) -> str:
    """One line that ends at `right`."""
    parts: list[str] = []
    x = right
    signs = [
        ("response time", '<path class="bracket response" d="M{a} {u}v8M{a} {y}H{b}M{b} {u}v8"/>', 16),
        ("time to stop", '<path class="bracket stop" d="M{a} {u}v8M{a} {y}H{b}M{b} {u}v8"/>', 16),
        ("recording", '<path class="rec" d="M{a} {y}H{b}"/>', 16),
    ]
    for name, sign, width in reversed(signs):
        x -= width_px(name, 11) + 4
        parts.append(f'<text class="soft small" x="{x:.1f}" y="{y + 3.5:.1f}">{name}</text>')
        x -= width + 5
        parts.append(sign.format(a=f"{x:.1f}", b=f"{x + width:.1f}", y=f"{y:.1f}", u=f"{y - 4:.1f}"))
        x -= 16
    for act in reversed(Act):
        x -= width_px(NAMES[act], 11) + 4
        parts.append(f'<text class="soft small" x="{x:.1f}" y="{y + 3.5:.1f}">{NAMES[act]}</text>')
        x -= 9
        parts.append(act_glyph(act, x, y))
        x -= 20
    return "".join(parts)
