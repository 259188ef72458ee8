"""The ladder as a picture of vectors: Ladder → pieces of SVG.

Here lives: each piece in a file of its own; ``ladders.svg`` puts them together.  Here does not live: pictures of characters
(``ladders.lifelines``), what a rung is (``ladders.ladder``).
"""
