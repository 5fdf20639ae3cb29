"""Pictures of lecture recurrent/02: embeddings, temperature and what a language model writes."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from utils.analysis.embeddings import GROUPS, Agreement, plane
from utils.plots import BESIDE, COLOURS, Picture, new_figure
from utils.training.language_model import LanguageHistory
from utils.training.sampling import Samples

MARKERS = "osD^v*"
NAMES = {" ": "space", "\n": "newline"}
TEXT = {
    "look_up": "look-up",
    "product": "one-hot product",
    "times": "{ratio:.0f} ×",
    "symbols": "symbols in the vocabulary",
    "seconds": "milliseconds (forward and backward)",
    "first": "first direction",
    "second": "second direction",
    "updates": "updates",
    "loss": "validation loss (nats)",
    "guess": "guessing: ln {count}",
    "same": "nearest neighbour of the same group",
    "trained": "trained",
    "chance": "by chance",
    "known": "known words (%)",
    "repeated": "repeated pieces (%)",
    "temperature": "temperature",
    "real": "real code",
    "probability": "probability",
}


def shown(symbol: str) -> str:
    """Return a character as a reader can see it, safe for matplotlib."""
    return NAMES.get(symbol, symbol).replace("$", r"\$")


def speeds(found: Mapping[int, tuple[float, float]]) -> Picture:
    """Draw the time of both ways against the vocabulary; vocabulary -> (product, look-up) s."""
    figure, axes = new_figure(*BESIDE)
    sizes = list(found)
    for i, name in enumerate(("product", "look_up")):
        times = [1e3 * found[size][i] for size in sizes]
        axes.plot(sizes, times, "o-" if i else "s--", color=COLOURS[i], label=TEXT[name])
    for size in sizes:
        slow, quick = found[size]
        words = TEXT["times"].format(ratio=slow / quick)
        axes.text(size, 1e3 * slow * 1.5, words, ha="center", fontsize=15)
    axes.set(xscale="log", yscale="log", xlabel=TEXT["symbols"], ylabel=TEXT["seconds"])
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(top=axes.get_ylim()[1] * 4)
    axes.margins(x=0.12)
    axes.legend(frameon=False, loc="upper left", fontsize=14)
    slow, quick = found[sizes[-1]]
    return Picture(
        figure, f"With {sizes[-1]:,} symbols look-up is {slow / quick:.0f} times faster."
    )


def embedding_map(weights: Tensor, symbols: str, share: Agreement) -> Picture:
    """Draw each symbol at its place on the two main directions, one colour and mark a group."""
    figure, axes = new_figure(10.5, 5.2)
    places, held = plane(weights)
    for i, (name, members) in enumerate(GROUPS.items()):
        rows = [symbols.index(member) for member in members if member in symbols]
        axes.plot(
            *places[rows].T,
            MARKERS[i],
            color=COLOURS[i % len(COLOURS)],
            alpha=0.25,
            markersize=17,
            label=name,
        )
        for row in rows:
            axes.text(*places[row], shown(symbols[row]), ha="center", va="center", fontsize=14)
    axes.set(xlabel=TEXT["first"], ylabel=TEXT["second"], xticks=[], yticks=[])
    axes.legend(
        frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), fontsize=14, markerscale=0.6
    )
    return Picture(
        figure,
        f"The characters on two directions that hold {held:.0%} of the variance. "
        f"{share.share:.0%} have a nearest neighbour of their own group, "
        f"by chance {share.chance.mean():.0%}.",
    )


def groups(found: Mapping[str, Agreement]) -> Picture:
    """Draw the share of neighbours of the same group beside what chance gives (95 of 100)."""
    figure, axes = new_figure(*BESIDE)
    for place, each in enumerate(found.values()):
        low, high = np.percentile(each.chance, [2.5, 97.5])
        mean = each.chance.mean()
        axes.errorbar(
            100 * mean,
            place,
            xerr=[[100 * (mean - low)], [100 * (high - mean)]],
            fmt="s",
            color="#777777",
            capsize=5,
            label=None if place else TEXT["chance"],
        )
        axes.plot(
            100 * each.share,
            place,
            "o",
            markersize=11,
            color=COLOURS[0],
            label=None if place else TEXT["trained"],
        )
    axes.set_yticks(range(len(found)), list(found))
    axes.set(xlabel=TEXT["same"] + " (%)", xlim=(0, 70), ylim=(-0.7, len(found) - 0.3))
    axes.set_xlabel(TEXT["same"] + " (%)", loc="right")
    axes.legend(frameon=False, loc="upper left", ncols=2, fontsize=14)
    said = ", ".join(f"{name} {each.share:.0%}" for name, each in found.items())
    return Picture(figure, f"Nearest neighbours of the same group: {said}; chance is lower.")


def learning(history: LanguageHistory, first: float, symbols: int) -> Picture:
    """Draw the validation loss, ``first`` before training, beside that of guessing, ln V."""
    figure, axes = new_figure()
    losses = [first, *history.val_loss]
    axes.plot([0, *history.eval_steps], losses, "o-", color=COLOURS[0])
    guess = float(np.log(symbols))
    axes.axhline(guess, color="#777777", linestyle="--")
    words = TEXT["guess"].format(count=symbols)
    axes.text(history.eval_steps[-1], guess - 0.08, words, ha="right", va="top", fontsize=15)
    axes.set(xlabel=TEXT["updates"], ylabel=TEXT["loss"], ylim=(1.0, guess + 0.2))
    return Picture(
        figure,
        f"The validation loss falls from {first:.2f} to {history.val_loss[-1]:.2f} nats.",
    )


def temperatures(samples: Samples, chosen: Sequence[float], count: int = 8) -> Picture:
    """Draw the probabilities of the most likely next characters at some temperatures."""
    figure, axes = new_figure(columns=len(chosen))
    order = np.argsort(-samples.logits)[:count]
    for panel, value in zip(axes, chosen, strict=True):
        panel.bar(range(count), samples.chances(value)[order], color=COLOURS[0])
        panel.set_xticks(range(count), [shown(samples.symbols[i]) for i in order], fontsize=14)
        panel.set_ylim(0, 1)
        panel.set_title(f"{TEXT['temperature']} {value:g}", fontsize=16)
    axes[0].set_ylabel(TEXT["probability"])
    tops = [samples.chances(value)[order[0]] for value in chosen]
    said = ", ".join(f"{top:.0%} at {value:g}" for top, value in zip(tops, chosen, strict=True))
    return Picture(figure, f"The most likely character has {said}.")


def writing(
    known: np.ndarray, repeated: np.ndarray, values: Sequence[float], real: tuple[float, float]
) -> Picture:
    """Draw known words and repeated pieces against the temperature; (K, R) and real code."""
    figure, axes = new_figure(*BESIDE)
    for i, (rows, name, line) in enumerate(((known, "known", "o-"), (repeated, "repeated", "s--"))):
        low, high = 100 * np.percentile(rows, [10, 90], axis=1)
        axes.fill_between(values, low, high, color=COLOURS[i], alpha=0.15, linewidth=0)
        axes.plot(values, 100 * rows.mean(1), line, color=COLOURS[i], label=TEXT[name])
        axes.axhline(100 * real[i], color=COLOURS[i], linestyle=":", linewidth=1.5)
    axes.text(values[-1], 100 * real[0] + 1, TEXT["real"], ha="right", va="bottom", fontsize=14)
    axes.set(xlabel=TEXT["temperature"], ylim=(-2, 109))
    axes.legend(frameon=False, loc="center left", fontsize=14, bbox_to_anchor=(0, 0.55))
    return Picture(
        figure,
        f"From temperature {values[0]:g} to {values[-1]:g}, known words fall from "
        f"{known[0].mean():.0%} to {known[-1].mean():.0%}, repeated pieces from "
        f"{repeated[0].mean():.0%} to {repeated[-1].mean():.0%}.",
    )
