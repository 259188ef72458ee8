"""Ladder: a picture of connections side by side, time downwards, the client on the left and the server on the right of each.

Here lives: how it looks.  Here does not live: what it shows (``wire.story``).  The steps down are even: a ladder in true time
would be a page of waiting with all its writing in three places, so that the times stand beside the arrows instead.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.pyplot import close, subplots
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ladder", "png", "spoken"]

KINDS = {
    "tcp": ("#8a94a3", None, "TCP"),
    "plain": ("#1f5fbf", None, "in plaintext"),
    "sealed": ("#7a2fa0", "#eadcf3", "encrypted handshake message"),
    "data": ("#1d7a46", "#d9efe1", "encrypted application data"),
    "end": ("#b4530a", "#fae6d3", "encrypted alert that closes"),
}
"""kind -> colour of its arrow, of its shade (None: anyone can read it), its line in the legend."""
INK, QUIET, LINE = "#1c2430", "#667080", "#c9d0da"
SLANT, TURN = 0.24, 0.3
"""How far an arrow falls on its way, and the room that a change of sender takes beside it, in rows."""


def spoken(name: str) -> str:
    """Say a name of the registry as the RFCs' prose does: server_hello_done is ServerHelloDone; close_notify stays."""
    if name == "application_data":
        return "application data"
    if name in {"close_notify", "alert"} or name.isupper() or "/" in name:
        return name
    return "".join(part.title() for part in name.split("_"))


def ladder(stories: dict[str, pd.DataFrame], steps: dict[tuple[str, str], int]) -> Figure:
    """Draw one ladder a story (title -> what ``wire.story`` returned); ``steps`` numbers messages by (sender, name)."""
    figure, axes = subplots(1, len(stories), figsize=(7 * len(stories), 12.4), squeeze=False)
    bottom = 0.0
    for axis, (title, story) in zip(axes[0], stories.items(), strict=True):
        bottom = max(bottom, _draw(axis, story, steps))
        axis.set_title(title, fontsize=15, fontweight="bold", color=INK, pad=10)
    for axis in axes[0]:
        axis.set(xlim=(-0.47, 1.47), ylim=(bottom + 0.5, -1.25))
        axis.axis("off")
        for x, end in ((0, "client"), (1, "server")):
            axis.plot([x, x], [-0.45, bottom], color=LINE, linewidth=2.5, zorder=0, solid_capstyle="round")
            axis.text(x, -0.8, end, ha="center", va="center", fontsize=11.5, color="white", fontweight="bold",
                      bbox={"boxstyle": "round,pad=0.4", "facecolor": INK, "edgecolor": "none"})  # fmt: skip
    keys = [Patch(facecolor=shade or "white", edgecolor=colour, linewidth=1.5, label=text) for colour, shade, text in KINDS.values()]
    figure.legend(handles=keys, loc="lower center", ncols=len(keys), frameon=False, fontsize=10.5, labelcolor=INK)
    figure.tight_layout(rect=(0, 0.03, 1, 1), w_pad=0)
    return figure


def png(figure: Figure, dpi: int = 84) -> bytes:
    """Return the picture as PNG with a palette, a third of the size, and let the figure go: outputs are stored in the notebook."""
    whole, small = BytesIO(), BytesIO()
    figure.savefig(whole, format="png", dpi=dpi)
    close(figure)
    Image.open(whole).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


def _draw(axis: Axes, story: pd.DataFrame, steps: dict[tuple[str, str], int]) -> float:
    """Draw one story's arrows and return where it ends."""
    y, ready = 0.0, True
    before: Any = None
    rows: Iterator[Any] = iter(story.itertuples())
    for row in rows:
        client = row.sender == "client"
        if before is not None and row.sender != before.sender:
            y += TURN
        if ready and client and row.kind == "data":
            ready = False
            y = _ready(axis, story[: row.Index], y, row.ms)
        _arrow(axis, row, y, steps.get((row.sender, row.name)))
        if before is None or (row.packet, row.sender) != (before.packet, before.sender):
            axis.text(-0.05 if client else 1.05, y, f"packet {row.packet}", ha="right" if client else "left", va="center", fontsize=9.5,
                      color=INK)  # fmt: skip
            axis.text(-0.05 if client else 1.05, y + 0.42, f"{row.ms:.2f} ms", ha="right" if client else "left", va="center", fontsize=8.5,
                      color=QUIET)  # fmt: skip
        before, y = row, y + 1
    return y


def _arrow(axis: Axes, row: Any, y: float, step: int | None) -> None:
    """Draw one message: its shade where it is encrypted, its arrow, its name and size, and the number of its step."""
    colour, shade, _ = KINDS[row.kind]
    start, end = (0, 1) if row.sender == "client" else (1, 0)
    if shade:
        box = FancyBboxPatch((0.02, y - 0.46), 0.96, 0.88, boxstyle="round,pad=0,rounding_size=0.03", mutation_aspect=8)
        box.set(facecolor=shade, edgecolor="none", zorder=0.5)
        axis.add_patch(box)
    axis.add_patch(FancyArrowPatch((start, y), (end, y + SLANT), arrowstyle="-|>", mutation_scale=13, linewidth=1.7, color=colour,
                                   shrinkA=0, shrinkB=1, zorder=2))  # fmt: skip
    size = f"   {row.bytes:,} B" if row.bytes else ""
    name = axis.annotate(spoken(row.name), (0.5, y - 0.17), ha="center", va="center", fontsize=10.5, color=colour, fontweight="bold",
                         zorder=3)  # fmt: skip
    axis.annotate(size, (1, 0.5), xycoords=name, ha="left", va="center", fontsize=9, color=QUIET, zorder=3)
    if step:
        axis.plot(0.085, y - 0.17, "o", markersize=15, color=colour, markeredgecolor="white", zorder=3)
        axis.text(0.085, y - 0.175, str(step), ha="center", va="center", fontsize=8.5, color="white", fontweight="bold", zorder=4)


def _ready(axis: Axes, past: pd.DataFrame, y: float, ms: float) -> float:
    """Mark where the client may send its first data, after how many journeys there and back of the handshake."""
    spoke = past[past.kind != "tcp"].sender
    trips = int((spoke != spoke.shift()).sum()) // 2
    text = f"ready for data after {trips} round trip{'s' if trips > 1 else ''}, {ms:.1f} ms"
    axis.plot([-0.45, 1.45], [y, y], color=KINDS["data"][0], linewidth=1.1, linestyle=(0, (4, 3)), zorder=0)
    axis.text(0.5, y, text, ha="center", va="center", fontsize=9.5, color=KINDS["data"][0], fontstyle="italic",
              bbox={"facecolor": "white", "edgecolor": "none", "pad": 3})  # fmt: skip
    return y + 0.75
