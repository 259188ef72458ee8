"""Missing: what should have come and did not.

Here lives: the closed table.  Here does not live: why (``findings.causes``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.facts.story import Story
    from analyzer.ladders.draft import Draft

__all__ = ["drafts"]


def drafts(story: Story) -> list[Draft]:
    """Give a rung for each thing that is missing."""
    return []
