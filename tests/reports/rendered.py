"""Markdown as two renderers show it: GitHub's own (cmark-gfm), and another of CommonMark with its tables (markdown-it-py)."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

RENDERERS = ("cmarkgfm", "markdown_it")


def rendered(renderer, text):
    """HTML of GitHub Flavored Markdown."""
    if renderer == "cmarkgfm":
        module = pytest.importorskip("cmarkgfm", reason="cmarkgfm is not installed")
        return module.github_flavored_markdown_to_html(text)
    module = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
    return module.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)


class Shown(HTMLParser):
    """What a page shows: ``tags``, ``code`` (texts of code spans), ``prose`` (all other text), ``rows`` (tables as texts of cells)."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.code, self.prose, self.rows = [], [], "", []
        self._in_code = self._in_cell = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, _):
        self.tags.append(tag)
        if tag == "code":
            self._in_code = True
            self.code.append("")
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self._in_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._in_code = self._in_code and tag != "code"
        self._in_cell = self._in_cell and tag not in {"td", "th"}

    def handle_data(self, data):
        if self._in_code:
            self.code[-1] += data
        else:
            self.prose += data
        if self._in_cell:
            self.rows[-1][-1] += data


OURS = {"h1", "h2", "h3", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "code", "em", "strong", "br"}
"""Tags that our Markdown makes."""


def shown(renderer, text):
    return Shown(rendered(renderer, text))
