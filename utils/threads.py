"""Keeps torch's threads within what this process may really use.

A container may show 64 cores and grant two. Training with one thread a visible core is then
many times slower, so the course asks the operating system for its real share.
"""

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

import torch

CPU_QUOTA_FILE = Path("/sys/fs/cgroup/cpu.max")


def granted_cores(quota_file: Path = CPU_QUOTA_FILE) -> int:
    """Return the number of cores this process may use: affinity and container quota, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    try:
        quota, period = quota_file.read_text().split()
    except (OSError, ValueError):
        return cores
    if quota == "max":
        return cores
    return max(1, min(cores, math.ceil(int(quota) / int(period))))


def use_granted_cores() -> int:
    """Set torch's thread count to :func:`granted_cores` and return it."""
    cores = granted_cores()
    torch.set_num_threads(cores)
    return cores


def threads_spin() -> bool:
    """Return whether torch's idle threads wait awake: fast, unless other work needs the cores.

    OpenMP's own default; ``OMP_WAIT_POLICY=passive`` lets them sleep.
    """
    return os.environ.get("OMP_WAIT_POLICY", "").lower() != "passive"


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside the block, for work that is split among threads already."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
