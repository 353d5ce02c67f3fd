"""The report of a study: one page of sections, written as HTML and as Markdown."""
