"""Pictures of lecture attention/06: patterns, the 72 heads, what a head is worth, likeness."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from utils.analysis.heads import PATTERNS, HeadScores
from utils.plots import BESIDE, COLOURS, Picture, new_figure

TEXT = {
    "uniform": "uniform attention",
    "head": "head",
    "block": "block",
    "place": "heads, the strongest first",
    "score": "weight on the pattern's places",
    "best": "best of 72 heads",
    "moved": "how far the vector moves (1 − cosine)",
    "topic": "nearest sentence has the same topic (%)",
    "attention": "attention it receives",
    "influence": "vector moves without it",
    "share": "share of the sentence (%)",
    "chance": "chance",
}
MARKERS = "osD^vP"


def patterns(tokens: Sequence[str]) -> Picture:
    """Draw where the five patterns would look on one sentence."""
    figure, axes = new_figure(12.0, 3.6, columns=len(PATTERNS))
    for i, (ax, (name, places)) in enumerate(zip(axes, PATTERNS.items(), strict=True)):
        ax.imshow(places(tokens), cmap="Blues", vmin=0, vmax=1.3)
        ax.set_title(name, fontsize=16)
        ax.grid(False)
        ax.set_xticks(range(len(tokens)), tokens, rotation=90, fontsize=14)
        ax.set_yticks(range(len(tokens)), tokens if i == 0 else [], fontsize=14)
    return Picture(
        figure,
        "Rows look, columns are looked at. The token before is a line below the diagonal, the "
        "token after a line above it; the separators are the first and the last column.",
    )


def best_heads(found: HeadScores) -> Picture:
    """Draw the best head's score of each pattern beside uniform attention."""
    figure, axes = new_figure(10.5, 4.6)
    said = []
    for row, name in enumerate(found.names):
        layer, head, score = found.ranked(name)[0]
        chance = found.baseline[row]
        axes.barh(row, score, color=COLOURS[0], height=0.6)
        axes.plot([chance, chance], [row - 0.4, row + 0.4], color=COLOURS[1], lw=3, ls="--")
        where = f"{layer + 1}.{head + 1}"
        axes.text(score + 0.01, row, f"{score:.2f}  head {where}", va="center", fontsize=15)
        said.append(f"{name} {score:.2f} (head {where}, uniform {chance:.2f})")
    axes.plot([], [], color=COLOURS[1], lw=3, ls="--", label=TEXT["uniform"])
    axes.set_yticks(range(len(found.names)), found.names)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.25), xlabel=TEXT["score"])
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.legend(loc="lower right", frameon=False, fontsize=15)
    return Picture(figure, f"The best head of each pattern: {', '.join(said)}.")


def ranking(found: HeadScores, names: Sequence[str]) -> Picture:
    """Draw the scores of all heads, sorted, for some patterns; dashes: uniform attention."""
    figure, axes = new_figure(*BESIDE)
    for i, name in enumerate(names):
        scores = [score for _, _, score in found.ranked(name)]
        places = np.arange(1, len(scores) + 1)
        axes.plot(
            places, scores, MARKERS[i], color=COLOURS[i], label=name, markersize=6, linestyle="-"
        )
        axes.axhline(found.baseline[found.names.index(name)], color=COLOURS[i], ls="--", lw=1.5)
    axes.set(xlabel=TEXT["place"], ylabel=TEXT["score"], ylim=(0, 1.03))
    axes.legend(frameon=False, fontsize=15)
    first = "; ".join(f"{name} {found.ranked(name)[0][2]:.2f}" for name in names)
    return Picture(figure, f"All heads, sorted by score. The strongest: {first}.")


def worth(moved: np.ndarray, named: Mapping[tuple[int, int], str]) -> Picture:
    """Draw how far the vectors move without each head (L, H): a dot a head, a column a block."""
    figure, axes = new_figure(*BESIDE)
    for layer, row in enumerate(moved):
        spread = layer + 1 + np.linspace(-0.25, 0.25, len(row))
        axes.plot(spread, row, "o", color="#9aa4ae", markersize=7)
        for head, value in enumerate(row):
            if (layer, head) in named:
                axes.plot(spread[head], value, "D", color=COLOURS[1], markersize=10)
    for layer, head in named:
        x = layer + 1 + np.linspace(-0.25, 0.25, moved.shape[1])[head]
        axes.annotate(
            f"{layer + 1}.{head + 1}",
            (x, moved[layer, head]),
            xytext=(0, -20),
            textcoords="offset points",
            ha="center",
            fontsize=14,
            color=COLOURS[1],
            bbox={"boxstyle": "square,pad=0.05", "fc": "white", "ec": "none", "alpha": 0.8},
        )
    axes.set(xlabel=TEXT["block"], ylabel=TEXT["moved"], yscale="log")
    axes.set_xticks(range(1, len(moved) + 1))
    last, others = moved[-1].mean(), moved[:-1].mean()
    return Picture(
        figure,
        f"Without a head of the last block the vector moves by {last:.3f} on average, without one "
        f"of the others by {others:.3f}. Diamonds: the heads found by pattern.",
    )


def likeness(cosines: np.ndarray, names: Sequence[str]) -> Picture:
    """Draw the cosine of each pair of sentences (N, N); the names stand at the rows."""
    figure, axes = new_figure(10.5, 5.2)
    image = axes.imshow(cosines, cmap="Blues", vmin=0, vmax=1)
    axes.set_yticks(range(len(names)), names, fontsize=14)
    axes.set_xticks(range(len(names)), range(1, len(names) + 1), fontsize=14)
    axes.grid(False)
    figure.colorbar(image, ax=axes, shrink=0.9)
    off = cosines[~np.eye(len(names), dtype=bool)]
    return Picture(
        figure, f"Cosines of {len(names)} sentences; of two different ones at most {off.max():.2f}."
    )


def topics(shares: Mapping[str, np.ndarray], chance: float) -> Picture:
    """Draw how often the nearest sentence has the same topic, with ± 2 standard errors."""
    figure, axes = new_figure(*BESIDE)
    for row, hits in enumerate(shares.values()):
        mean, error = 100 * hits.mean(), 200 * hits.std() / np.sqrt(len(hits))
        axes.barh(row, mean, xerr=error, color=COLOURS[row], height=0.55, error_kw={"lw": 2})
        axes.text(mean + error + 2, row, f"{mean:.0f} %", va="center", fontsize=16)
    axes.axvline(100 * chance, color="#000", ls="--")
    axes.text(100 * chance + 1, -0.62, TEXT["chance"], fontsize=14)
    axes.set_yticks(range(len(shares)), list(shares))
    axes.set(xlim=(0, 100), xlabel=TEXT["topic"], ylim=(len(shares) - 0.5, -0.8))
    said = ", ".join(f"{name} {hits.mean():.0%}" for name, hits in shares.items())
    return Picture(figure, f"The nearest sentence has the same topic: {said}; chance {chance:.0%}.")


def influence(words: Sequence[str], looks: np.ndarray, moves: np.ndarray) -> Picture:
    """Draw what each word receives of the attention, and how far the vector moves without it."""
    figure, axes = new_figure(10.5, 4.6)
    places = np.arange(len(words))
    for i, (key, values) in enumerate((("attention", looks), ("influence", moves))):
        _pairs(axes, places + 0.4 * i - 0.2, 100 * values / values.sum(), i, TEXT[key])
    axes.set_xticks(places, words, rotation=40, ha="right")
    axes.set_ylabel(TEXT["share"])
    axes.legend(frameon=False, fontsize=15)
    return Picture(
        figure,
        f"Most attention goes to “{words[looks.argmax()]}”; the vector moves most without "
        f"“{words[moves.argmax()]}”.",
    )


def _pairs(axes: Axes, places: np.ndarray, values: np.ndarray, i: int, name: str) -> None:
    hatch = ("", "//")[i]
    axes.bar(places, values, width=0.38, color=COLOURS[i], hatch=hatch, ec="white", label=name)
