"""Reads a drawn plot back: what a test asks of SVG, whichever plot it is."""

import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
CLASSES = {f"c{number}" for number in range(8)} | {"grid", "axis", "label", "value", "good", "bad"}
"""What the page's style sheet knows."""
NUMBER = re.compile(r"-?[0-9.]+")


def read(drawn):
    """The root of a plot, after what holds for all: safe elements, known classes, nothing outside of the drawing."""
    root = ET.fromstring(drawn)
    *_, wide, high = map(float, root.get("viewBox").split())
    for one in root.iter():
        assert one.tag.removeprefix(SVG) in {"svg", "title", "desc", "g", "text", "rect", "path", "line"}, one.tag
        assert not {name for name in one.attrib if name.startswith("on") or name in {"style", "href", "id"}}
        assert one is root or {*one.get("class", "").split()} <= CLASSES
        if one.tag == f"{SVG}rect":
            x, y, width, height = (float(one.get(name)) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert x + width <= wide + 0.1
            assert y + height <= high + 0.1
    return root


def texts(root):
    """What stands in the drawing to be read, in its order; of a plot with a title what stands below it."""
    below = root.find(f"{SVG}g")
    return [one.text or one[-1].tail for one in (root if below is None else below).iter(f"{SVG}text")]


def of_class(root, name, tag="rect"):
    return [one for one in root.iter(SVG + tag) if name in one.get("class", "").split()]


def said(root):
    return root.find(f"{SVG}desc").text
