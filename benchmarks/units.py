"""Scoring every hidden unit by every property, against one unit and one property at a time."""

import time

import numpy as np

from benchmarks.figure import Figure
from utils.analysis.hidden_units import auc, ranks

UNITS, CHARACTERS, PROPERTIES = 512, 20_000, 4
PEER_UNITS = 64
TEXT = {
    "name": "{units} units × {characters:,} characters × {properties} properties scored",
    "peer": "scikit-learn's roc_auc_score, one at a time: {peer:.1f} s",
    "note": (
        "the peer was timed on {some} units and counted up to {units}; the largest difference "
        "between the two is {gap:.1g}"
    ),
}


def scored() -> tuple[Figure, ...]:
    """Time the search for units on random states and compare the scores with the peer's."""
    from sklearn.metrics import roc_auc_score  # mlxtend brings it

    draw = np.random.default_rng(0)
    states = np.tanh(draw.normal(size=(CHARACTERS, UNITS))).astype(np.float32)
    inside = draw.random((PROPERTIES, CHARACTERS)) < 0.1
    began = time.perf_counter()
    ranked = ranks(states)
    ours = np.array([auc(ranked, one) for one in inside])  # (P, U)
    spent = time.perf_counter() - began
    began = time.perf_counter()
    theirs = [[roc_auc_score(one, states[:, u]) for u in range(PEER_UNITS)] for one in inside]
    peer = (time.perf_counter() - began) * UNITS / PEER_UNITS
    gap = float(np.abs(ours[:, :PEER_UNITS] - theirs).max())
    name = TEXT["name"].format(units=UNITS, characters=CHARACTERS, properties=PROPERTIES)
    note = TEXT["note"].format(some=PEER_UNITS, units=UNITS, gap=gap)
    return (Figure(name, spent, "s", 2.0, TEXT["peer"].format(peer=peer), note),)
