"""Parts of a report as a notebook shows them: an element that takes the notebook's own colours, light or dark."""

from nas.evaluation.report.page import Block
from nas.evaluation.report.templating import templates


def fragment(title: str, *blocks: Block) -> str:
    """HTML that can stand in any page: no colour of text or paper is its own, and no style leaves it.

    Args:
        title: A line above.
        blocks: Text, tables and pictures in order; all that is text is escaped.
    """
    return templates().get_template("fragment.html.j2").render(title=title, shown=blocks)
