"""Shared fixtures: a small, real piece of the digits."""

import pytest

from utils.datasets.digits import Digits, Split, load_digits


@pytest.fixture(scope="session")
def digits() -> Digits:
    """400 training, 200 validation and 200 test digits of 14 x 14."""
    data = load_digits(14)
    parts = ((data.train, 400), (data.validation, 200), (data.test, 200))
    return Digits(*(Split(part.images[:n], part.labels[:n]) for part, n in parts))
