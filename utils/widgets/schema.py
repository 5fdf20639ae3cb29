"""Checks a view's state against the ``schema.json`` beside its code, before it reaches a page."""

import functools
import json
import sys
from typing import Any

from utils.widgets.bundle import ROOT

# jsonschema would read a grammar of web addresses, which takes a second and no view needs: None
# makes this one import fail, which jsonschema allows.
GRAMMAR = "rfc3987_syntax"
known = GRAMMAR in sys.modules
sys.modules.setdefault(GRAMMAR, None)
from jsonschema import Draft202012Validator  # noqa: E402
from jsonschema.exceptions import best_match  # noqa: E402

if not known:
    del sys.modules[GRAMMAR]


@functools.cache
def schema_of(module: str) -> dict[str, Any]:
    """Return the JSON schema of view ``module``; raises ValueError if there is no such view."""
    path = ROOT / module / "schema.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"There is no view called {module!r}.") from None


def check_state(module: str, state: dict[str, Any]) -> None:
    """Raise ValueError with one sentence that says where ``state`` does not fit the schema."""
    error = best_match(Draft202012Validator(schema_of(module)).iter_errors(state))
    if error is None:
        return
    where = "/".join(str(part) for part in error.absolute_path) or "the top level"
    message = error.message if len(error.message) <= 200 else error.message[:197] + "..."
    raise ValueError(f"The state of view {module!r} is wrong at {where}: {message}")
