"""Pictures of lecture attention/03: scenes, what a cell sees, where peaks lie, covered parts."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from utils.analysis.caption_focus import WordFocus
from utils.analysis.name_attention import Covered
from utils.datasets.scenes import NO_OBJECT, SceneSplit
from utils.models.attention_captioning import PATCH
from utils.plots import BESIDE, COLOURS, Picture, name_lines, new_figure
from utils.training.attention_captioning import EDGES, Reaches

BOX = COLOURS[1]
TEXT = {
    "truth": "true: {words}",
    "written": "written: {words}",
    "sees": "one cell sees {reach} pixels",
    "share": "share of the weight",
    "reach": "pixels that a cell can see (along one side)",
    "exact": "captions exact",
    "pointing": "peak in the box",
    "layers": "open marks:\nseven layers,\nno gaps",
    "right": "pixels to the right",
    "down": "pixels down",
    "panel": "{name} pixels\n{hit:.0%} in the box",
    "probability": "probability of the name",
    "whole": "whole image",
    "most": "most weight covered",
    "random": "random places covered",
    "update": "update",
    "loss": "loss (nats a word)",
    "objects": "objects in the scene",
}


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _image(axes: Axes, pixels: Tensor) -> None:
    side = pixels.shape[-1]
    axes.imshow(pixels.permute(1, 2, 0).numpy(), extent=(0, side, side, 0))
    _bare(axes)


def _box(axes: Axes, box: Sequence[float], colour: str = BOX, style: str = "--") -> None:
    left, top, right, bottom = (float(value) for value in box)
    size = (right - left, bottom - top)
    shape = {"fill": False, "edgecolor": colour, "linewidth": 3, "linestyle": style}
    axes.add_patch(Rectangle((left, top), *size, **shape))


def scenes(split: SceneSplit, rows: Sequence[int]) -> Picture:
    """Draw scenes with the true boxes of their objects and their captions."""
    figure, panels = new_figure(10.5, 4.0, columns=len(rows))
    captions = []
    for axes, row in zip(panels, rows, strict=True):
        _image(axes, split.images[row])
        for box in split.boxes[row, : split.counts[row]]:
            _box(axes, box)
        words = " ".join(split.sentence(row))
        captions.append(words)
        axes.set_xlabel(_folded(words), fontsize=16)
    return Picture(figure, f"Scenes with a box around each object: {'; '.join(captions)}.")


def _folded(words: str) -> str:
    """Break a caption before its second "and", so that it stays within its picture."""
    parts = words.split(" and ")
    return "\nand ".join([" and ".join(parts[:2]), *parts[2:]])


def cells_see(image: Tensor, reaches: Sequence[int], cell: tuple[int, int] = (3, 4)) -> Picture:
    """Draw the grid over an image, and the square that one cell sees, for some reaches."""
    figure, panels = new_figure(10.5, 3.6, columns=len(reaches))
    side = image.shape[-1]
    x, y = ((place + 0.5) * PATCH for place in (cell[1], cell[0]))
    for axes, reach in zip(panels, reaches, strict=True):
        _image(axes, image)
        for line in range(0, side + 1, PATCH):
            axes.plot([line, line], [0, side], color="#777777", linewidth=0.7)
            axes.plot([0, side], [line, line], color="#777777", linewidth=0.7)
        corner = (x - PATCH / 2, y - PATCH / 2)
        axes.add_patch(Rectangle(corner, PATCH, PATCH, color=COLOURS[0], alpha=0.75))
        low, high = max(0, x - reach / 2), min(side, x + reach / 2)
        top, bottom = max(0, y - reach / 2), min(side, y + reach / 2)
        _box(axes, (low, top, high, bottom), COLOURS[0], "-")
        axes.set(xlim=(-1, side + 1), ylim=(side + 1, -1))
        axes.set_xlabel(TEXT["sees"].format(reach=reach), fontsize=16)
    sizes = ", ".join(map(str, reaches))
    return Picture(figure, f"One cell of an 8 × 8 grid and the square it sees: {sizes} pixels.")


def losses(curves: Mapping[str, np.ndarray]) -> Picture:
    """Draw training losses, smoothed over 20 updates, on a logarithmic axis."""
    figure, axes = new_figure(*BESIDE)
    ends = {}
    axes.set_yscale("log")
    for index, (name, loss) in enumerate(curves.items()):
        smooth = np.convolve(loss, np.ones(20) / 20, mode="valid")
        axes.plot(np.arange(20, len(loss) + 1), smooth, color=COLOURS[index])
        ends[name] = (smooth[-1], COLOURS[index])
    axes.set(xlabel=TEXT["update"], ylabel=TEXT["loss"], xlim=(20, len(loss)))
    name_lines(axes, ends)
    words = ", ".join(f"{name} {height:.3f}" for name, (height, _) in ends.items())
    return Picture(figure, f"Training loss at the end: {words} nats a word.")


def pointing(by_count: Mapping[int, float]) -> Picture:
    """Draw the pointing accuracy for scenes with one, two and three objects."""
    figure, axes = new_figure(*BESIDE)
    counts, shares = list(by_count), list(by_count.values())
    bars = axes.bar(range(len(counts)), shares, 0.55, color=COLOURS[0])
    axes.bar_label(bars, [f"{share:.1%}" for share in shares], fontsize=16)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set(xlabel=TEXT["objects"], ylabel=TEXT["pointing"], ylim=(0, 1.12))
    words = ", ".join(f"{share:.1%} with {count}" for count, share in by_count.items())
    return Picture(figure, f"Share of object words whose peak lies in the true box: {words}.")


def focus(found: WordFocus) -> Picture:
    """Draw where the weight lies while each kind of word is chosen: one bar a kind."""
    figure, axes = new_figure(10.5, 4.2)
    left = np.zeros(len(found.words))
    shades = ("#CC79A7", COLOURS[0], "#E69F00", "#d9d9d9")
    for on, share, shade in zip(found.on, found.share.T, shades, strict=True):
        axes.barh(range(len(found.words)), share, 0.62, left=left, color=shade, label=on)
        for place, (start, width) in enumerate(zip(left, share, strict=True)):
            if width > 0.07:
                colour = "white" if shade == COLOURS[0] else "black"
                style = {"ha": "center", "va": "center", "color": colour, "fontsize": 15}
                axes.text(start + width / 2, place, f"{width:.0%}", **style)
        left = left + share
    axes.set_yticks(
        range(len(found.words)), [word if " " in word else f"“{word}”" for word in found.words]
    )
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.set(xlabel=TEXT["share"], xlim=(0, 1))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=4, frameon=False, fontsize=14)
    now = dict(zip(found.words, found.share[:, 1], strict=True))
    words = ", ".join(f"{share:.0%} at {word}" for word, share in now.items())
    return Picture(figure, f"Share of the weight on the object named now or next: {words}.")


def reaches(found: Reaches, beside: bool = True) -> Picture:
    """Draw exact captions and pointing accuracy against the reach: a dot a seed, lines of means.

    Grids whose name is more than their reach stand beside the line, as open marks.
    """
    figure, axes = new_figure(*(BESIDE if beside else (10.5, 4.6)))
    on_line = [place for place, name in enumerate(found.names) if name.isdecimal()]
    ends = {}
    for index, name in enumerate(("exact", "pointing")):
        values, colour = getattr(found, name), COLOURS[index]
        marker = "os"[index]
        axes.plot(
            found.reach[on_line],
            values[on_line].mean(1),
            color=colour,
            linestyle=("-", "--")[index],
        )
        for place, row in enumerate(values):
            face = colour if place in on_line else "white"
            x = np.full(len(row), found.reach[place] + (0 if place in on_line else 4))
            axes.plot(x, row, marker, color=colour, markerfacecolor=face, markersize=8)
        ends[TEXT[name]] = (values[on_line[-1]].mean(), colour)
    if len(on_line) < len(found.names):
        axes.text(134, 0.84, TEXT["layers"], ha="right", va="top", fontsize=15)
    axes.set_xticks(found.reach[on_line], [str(reach) for reach in found.reach[on_line]])
    axes.set(xlabel=TEXT["reach"], ylim=(0, 1.04), xlim=(11, 135))
    name_lines(axes, ends)
    return Picture(figure, f"{_means(found)}.")


def _means(found: Reaches) -> str:
    rows = zip(found.names, found.exact.mean(1), found.pointing.mean(1), strict=True)
    words = (f"{e:.0%} exact and {p:.0%} in the box at {name}" for name, e, p in rows)
    return f"Pixels that a cell can see: {'; '.join(words)}"


def peaks(found: Reaches, names: Sequence[str]) -> Picture:
    """Draw where the peaks lie around the middle of the box, for some grids."""
    figure, panels = new_figure(10.5, 4.6, columns=len(names))
    words = []
    for axes, name in zip(panels, names, strict=True):
        counts = found.peaks[found.at(name)]
        extent = (EDGES[0], EDGES[-1], EDGES[-1], EDGES[0])
        axes.imshow(np.sqrt(counts), cmap="Blues", extent=extent)
        _box(axes, (-11, -11, 11, 11))
        axes.grid(visible=False)
        hit = found.pointing[found.at(name)].mean()
        axes.set_title(TEXT["panel"].format(name=name, hit=hit), fontsize=16)
        axes.set(xlabel=TEXT["right"], xticks=(-20, 0, 20), yticks=(-20, 0, 20))
        words.append(f"{hit:.0%} in the box at {name} pixels")
    panels[0].set_ylabel(TEXT["down"])
    return Picture(figure, f"Where the largest weight lies around the object: {', '.join(words)}.")


def mistakes(
    split: SceneSplit, rows: Sequence[int], captions: Sequence[str], looks: Sequence[Tensor]
) -> Picture:
    """Draw scenes with true and written caption, darkened where a word's weight is small."""
    figure, panels = new_figure(10.5, 4.6, columns=len(rows))
    figure.get_layout_engine().set(h_pad=0.12)  # inches; two lines of words need it
    said = []
    for axes, row, written, look in zip(panels, rows, captions, looks, strict=True):
        _image(axes, split.images[row])
        side, cells = split.images.shape[-1], round(len(look) ** 0.5)
        dark = 0.75 * (1 - (look / look.max()).reshape(cells, cells).numpy())
        shade = np.zeros((cells, cells, 4))
        shade[..., 3] = dark
        axes.imshow(shade, extent=(0, side, side, 0), interpolation="nearest")
        for box in split.boxes[row, : split.counts[row]]:
            _box(axes, box)
        truth = " ".join(split.sentence(row))
        axes.set_title(_folded(TEXT["truth"].format(words=truth)), fontsize=15)
        axes.set_xlabel(_folded(TEXT["written"].format(words=written)), fontsize=15)
        said.append(f"{truth}, written {written}")
    return Picture(figure, f"Captions that are wrong: {'; '.join(said)}.")


def named_boxes(split: SceneSplit, row: int, words: Sequence[str]) -> list:
    """Return for each word of a caption the true box of the object it names, or None."""
    truth = split.sentence(row)
    places = split.named[row, 1:]
    boxes = {
        truth[place]: tuple(split.boxes[row, int(which)].tolist())
        for place, which in enumerate(places[: len(truth)].tolist())
        if which != NO_OBJECT
    }
    return [boxes.get(word) for word in words]


def covers(found: Sequence[Covered]) -> Picture:
    """Draw each name's probability: whole image, most weight covered, random places covered."""
    figure, axes = new_figure(*BESIDE)
    for place, each in enumerate(found):
        values = (each.whole, each.most, float(each.random.mean()))
        for index, value in enumerate(values):
            x = place + 0.27 * (index - 1)
            style = {"color": COLOURS[index], "hatch": ("", "//", "..")[index], "ec": "white"}
            axes.bar(x, value, 0.25, label=None if place else _COVERS[index], **style)
        low, high = float(each.random.min()), float(each.random.max())
        axes.plot([place + 0.27] * 2, [low, high], color="#333333", linewidth=2)
    axes.set_xticks(range(len(found)), [each.name.replace(" ", "\n") for each in found])
    axes.set(ylabel=TEXT["probability"], ylim=(0, 1.02))
    axes.legend(frameon=False, fontsize=14, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=1)
    words = "; ".join(
        f"{each.name}: {each.whole:.2f} whole, {each.most:.2f} without its places of most weight, "
        f"{float(each.random.mean()):.2f} without random places"
        for each in found
    )
    return Picture(figure, f"Probability of a name. {words}.")


_COVERS = (TEXT["whole"], TEXT["most"], TEXT["random"])
