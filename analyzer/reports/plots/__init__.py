"""Plots: numbers and chains → inline SVG for the HTML report, a pure function each.

No script and no style attribute (the page's Content-Security-Policy forbids them): colours come from the classes ``c0`` to ``c7``,
``grid``, ``axis``, ``label``, ``value``, ``good`` and ``bad`` of the page, and everything can be read without them.
"""
