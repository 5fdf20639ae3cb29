"""The schema check costs no second at the start, and leaves other code what it would have."""

import subprocess
import sys

import pytest

CODE = """
import sys
import utils.widgets.schema
assert "rfc3987_syntax" not in sys.modules  # neither read nor forbidden
import jsonschema
assert jsonschema.Draft202012Validator({"type": "string"}).is_valid("text")
try:
    import rfc3987_syntax
except ModuleNotFoundError as error:
    assert "halted" not in str(error)  # it is not installed; that is no fault of ours
"""


@pytest.mark.slow
def test_the_grammar_of_addresses_is_neither_read_nor_forbidden_to_others():
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=120)
