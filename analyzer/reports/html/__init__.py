"""HTML: one page that a browser opens from a file, with everything in it (``Report``).

Here lives: the name that ``FORMATS`` asks for.  Here does not live: any part of the page (``page`` puts them together).
"""

from analyzer.reports.html.page import Report

__all__ = ["Report"]
