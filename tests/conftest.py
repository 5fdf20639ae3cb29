"""Shared fixtures: a small, real piece of the digits. Garbage is sought only in what tests make."""

import gc

import pytest

from utils.datasets.digits import Digits, Split, load_digits

gc.disable()  # importing and collecting make millions of objects, and all of them stay


def pytest_collection_finish() -> None:
    """Collect garbage again, but do not look through what was imported: that took a tenth."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def digits() -> Digits:
    """400 training, 200 validation and 200 test digits of 14 x 14."""
    data = load_digits(14)
    parts = ((data.train, 400), (data.validation, 200), (data.test, 200))
    return Digits(*(Split(part.images[:n], part.labels[:n]) for part, n in parts))
