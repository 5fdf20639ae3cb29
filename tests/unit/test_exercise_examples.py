"""The example on an exercise's slide is what the reference answers."""

import math
import re

import nbformat
import pytest
import torch

from utils.exercises.exercise import Registry
from utils.publish.files import ROOT

REGISTRY = Registry.of_lectures()
FENCE = re.compile(r"^## Exercise .*?^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples():
    for path in sorted((ROOT / "lectures").glob("*/*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown" and (found := FENCE.search(f"{cell.source}\n")):
                for line in found[1].splitlines():
                    yield pytest.param(line, id=f"{path.stem}-{line.partition('(')[0]}")


EXAMPLES = list(examples())


def test_most_exercise_slides_have_an_example():
    assert len(EXAMPLES) >= 20


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_example_is_what_the_reference_answers(line):
    call, _, told = line.partition("  # ")
    name = call.partition("(")[0]
    names = {name: REGISTRY.find(name).reference, "torch": torch, "nan": math.nan}
    found, wanted = eval(call, names), eval(told)
    assert found == (wanted if isinstance(wanted, tuple) else pytest.approx(wanted, abs=5e-5))
