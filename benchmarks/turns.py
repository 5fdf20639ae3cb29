"""Several ways to do the same work, timed in turns so that a busy machine slows all of them."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from utils.threads import granted_cores

TRIES = 3

Way = Callable[[], Tensor]


def seconds(way: Way, threads: int) -> float:
    """Return the seconds of one forward and one backward pass with so many threads."""
    torch.set_num_threads(threads)
    began = time.perf_counter()
    way().sum().backward()
    return time.perf_counter() - began


def best_threads(way: Way) -> int:
    """Return the thread count, 1 or all granted cores, with which a way is faster."""
    spent = {n: [seconds(way, n) for _ in range(TRIES)] for n in {1, granted_cores()}}
    return min(spent, key=lambda n: min(spent[n]))


def in_turns(
    ways: Mapping[str, Way], repeats: int
) -> tuple[dict[str, int], dict[str, list[float]]]:
    """Return the threads that suit each way, and the seconds of its runs."""
    before = torch.get_num_threads()
    try:
        threads = {name: best_threads(way) for name, way in ways.items()}
        turns = [
            {name: seconds(way, threads[name]) for name, way in ways.items()}
            for _ in range(repeats)
        ]
    finally:
        torch.set_num_threads(before)
    return threads, {name: [turn[name] for turn in turns] for name in ways}


def ratio(spent: Mapping[str, list[float]], one: str, other: str) -> tuple[float, float, float]:
    """Return the quartiles of how many times as long one way takes as another, turn by turn."""
    ratios = [a / b for a, b in zip(spent[one], spent[other], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return low, middle, high
