"""The templates that reports, and parts of them, are written by."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates() -> Environment:
    """The templates of this room; what they are given is escaped."""
    found = Environment(
        loader=PackageLoader("nas.evaluation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["in_markdown"] = in_markdown
    return found


def in_markdown(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> in_markdown("a_b <b>|")
    'a\\_b \\<b\\>\\|'
    """
    return re.sub(r"([\\`*_|<>\[\]~$])", r"\\\1", text)
