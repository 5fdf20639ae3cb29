"""What choosing the best of many units does to its score, and what all units know together.

The best of 512 units looks good on the files it was chosen on even if nothing is there to be
found: somebody always has the best luck. The same choice is therefore made for a truth that has
been moved to another place, where nothing can be found. Source: the "winner's curse" of Capen,
Clapp and Campbell (1971); probes: Alain and Bengio, "Understanding intermediate layers using
linear classifier probes" (2017).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from utils.analysis.hidden_units import auc, ranks
from utils.datasets.code import CodePart

TEXT = {
    "sizes": "Choose on 1 to {most} files that have the property, not {value!r}.",
    "draws": "Draw the files at least once, not {value!r} times.",
}


@dataclass(frozen=True)
class Selection:
    """AUC of the best unit, chosen on few files: K numbers of files, R draws of them.

    sizes: (K,) files chosen on. chosen, held_out: (K, R) AUC of the best unit on those files and
    of the same unit, with the same sign, on held-out files. moved_chosen, moved_held_out: (K, R)
    the same for a truth moved to another place, where there is nothing to find.
    """

    sizes: np.ndarray
    chosen: np.ndarray
    held_out: np.ndarray
    moved_chosen: np.ndarray
    moved_held_out: np.ndarray


def measure_selection(
    name: str,
    states: np.ndarray,
    part: CodePart,
    ranked_held_out: np.ndarray,
    held_out: CodePart,
    *,
    sizes: Sequence[int] = (1, 2, 4, 8, 16),
    draws: int = 8,
    seed: int = 0,
) -> Selection:
    """Choose the best unit for a property on few files, again and again, and score it elsewhere.

    states (C, U) on ``part``; ranked_held_out (U, C') from `ranks` on ``held_out``. A moved truth
    is rolled by a random number of characters: its runs stay as long as they were. Raises
    ValueError for sizes and draws that the part does not allow.
    """
    truth = getattr(part.truth, name)
    files = _with_both(truth, part.starts)
    for size in sizes:
        if not 1 <= size <= len(files):
            raise ValueError(TEXT["sizes"].format(most=len(files), value=size))
    if draws < 1:
        raise ValueError(TEXT["draws"].format(value=draws))
    generator = np.random.default_rng(seed)
    there = getattr(held_out.truth, name)
    true_there = auc(ranked_held_out, there)
    found = np.empty((4, len(sizes), draws))
    for r in range(draws):
        moved_there = auc(ranked_held_out, _moved(there, generator))
        order = generator.permutation(len(files))
        for k, size in enumerate(sizes):
            places = np.concatenate([files[f] for f in order[:size]])
            ranked, here = ranks(states[places]), truth[places]
            found[:2, k, r] = best_then(auc(ranked, here), true_there)
            found[2:, k, r] = best_then(auc(ranked, _moved(here, generator)), moved_there)
    return Selection(np.array(sizes), *found)


def best_then(here: np.ndarray, there: np.ndarray) -> tuple[float, float]:
    """Return the best unit's AUC here and the same unit's there, both with its sign here.

    here, there: (U,) AUC above 0.5 if inside means larger.
    """
    unit = int(np.argmax(np.abs(here - 0.5)))
    if here[unit] < 0.5:
        here, there = 1 - here, 1 - there
    return float(here[unit]), float(there[unit])


def _with_both(truth: np.ndarray, starts: np.ndarray) -> list[np.ndarray]:
    """Return the places of each file in which the property holds somewhere, but not everywhere."""
    files = [np.arange(a, b) for a, b in pairwise(starts)]
    return [places for places in files if 0 < truth[places].sum() < len(places)]


def _moved(truth: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the truth rolled by at least a tenth of its length."""
    least = max(1, len(truth) // 10)
    return np.roll(truth, int(generator.integers(least, len(truth) - least + 1)))


def probe(
    states: np.ndarray, truth: np.ndarray, others: np.ndarray, penalty: float = 1e-3
) -> np.ndarray:
    """Fit one weight a unit to each property by least squares; return the sums on other text.

    states (C, U) and truth bool (C, P) to fit, others (C', U) -> float32 (C', P). ``penalty``
    pulls the weights towards 0 (ridge regression; Hoerl and Kennard, 1970).
    """
    middle = states.mean(axis=0)
    centred = states - middle
    covariance = centred.T @ centred / len(states) + penalty * np.eye(states.shape[1])
    together = centred.T @ (truth - truth.mean(axis=0)).astype(np.float32) / len(states)  # (U, P)
    weights = np.linalg.solve(covariance, together).astype(np.float32)
    return (others - middle) @ weights
