"""A picture in both forms that a report takes: a PNG for Markdown, and SVG that goes with a page's light or dark colours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from nas.evaluation.drawing import canvas, png_of

SIZE: Final = (5.6, 4.2)
"""Inches of a picture that a telephone's width shows at about its own size."""
_COLOURS: Final = {
    "#000000": "currentColor",
    "#ffffff": "var(--card)",
    "#e6e6e6": "var(--grid)",
    "#cccccc": "var(--grid)",
    "#999999": "var(--grey)",
    "#0072b2": "var(--blue)",
    "#d55e00": "var(--vermilion)",
    "#009e73": "var(--green)",
}
"""What the page decides; the other colours can be read on light and on dark."""


@dataclass(frozen=True)
class Picture:
    """A figure, drawn."""

    name: str
    """Letters and hyphens; of the file, and of all that is named inside."""
    png: bytes
    svg: str
    """An element to be put into a page; it needs the page's colours."""


def draw_picture(name: str, draw: Callable[[Figure], None], *, size: tuple[float, float] = SIZE) -> Picture:
    """What a function draws on a figure.

    Args:
        name: Letters and hyphens, unlike all others of the page.
        draw: Draws it; dollar signs are dollar signs.
        size: Width and height in inches.
    """
    with canvas(size=size) as figure, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "text.parse_math": False}):
        draw(figure)
        png = png_of(figure)
        figure.set_layout_engine("none")  # it is laid out by now, once for both forms
        drawn = StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
        return Picture(name, png, inline_svg(drawn.getvalue(), name=name))


def inline_svg(drawn: str, *, name: str) -> str:
    """Matplotlib's SVG file as an element of a page, in the page's colours and font, with names of its own.

    >>> inline_svg('<?xml version="1.0"?><svg width="9pt" viewBox="0 0 9 9"><g id="a" style="fill: #000000"/></svg>', name="n")
    '<svg viewBox="0 0 9 9"><g id="n-a" style="fill: currentColor"/></svg>'
    """
    svg = drawn[drawn.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>|\s*<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\s(?:xmlns(?::\w+)?|width|height|version)="[^"]*"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
    svg = re.sub(
        r"font: ?([\d.]+px)[^;\"]*|font-family: [^;\"]*;?", lambda found: f"font-size: {found[1]}" if found[1] else "", svg
    )
    svg = re.sub(r"(fill|stroke): (#[0-9a-f]{6})", lambda found: f"{found[1]}: {_COLOURS.get(found[2], found[2])}", svg)
    svg = svg.replace("xlink:href", "href")
    return re.sub(r'(\sid="|href="#|url\(#)', rf"\1{name}-", svg).strip()
