"""Packs float arrays into one byte a number, so that a view of 64 curves stays small in a page.

The mirror in JavaScript is ``kit/codec.js``; a test sends the same arrays through both.
"""

import base64
import math
from typing import Any

import numpy as np

LEVELS = 254
MISSING = 255


def encode(array: Any, low: float, high: float) -> dict[str, Any]:
    """Return ``array`` (any shape) as base64 of uint8 between ``low`` and ``high``.

    Values outside are clipped to the ends, NaN becomes 255 ("missing"). A value inside comes
    back at most ``(high - low) / 508`` off. Raises ValueError unless ``low < high``, both finite.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"encode needs finite bounds with low < high, not {low} and {high}.")
    values = np.asarray(array, dtype=np.float64)
    missing = np.isnan(values)
    scaled = (np.clip(np.where(missing, low, values), low, high) - low) / (high - low) * LEVELS
    levels = np.where(missing, MISSING, np.rint(scaled)).astype(np.uint8)
    data = base64.b64encode(levels.tobytes()).decode("ascii")
    return {"shape": list(values.shape), "low": float(low), "high": float(high), "data": data}


def decode(packed: dict[str, Any]) -> np.ndarray:
    """Return the float32 array that :func:`encode` packed; missing numbers are NaN."""
    levels = np.frombuffer(base64.b64decode(packed["data"]), dtype=np.uint8)
    low, high = packed["low"], packed["high"]
    values = low + levels.astype(np.float32) / LEVELS * (high - low)
    values[levels == MISSING] = np.nan
    return values.reshape(packed["shape"])
