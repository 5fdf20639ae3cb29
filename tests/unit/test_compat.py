"""torchvision works beside a CPU build of torch, and threads follow the container's share."""

import subprocess
import sys

import pytest
import torch

from utils import compat, threads


@pytest.mark.slow
def test_torchvision_imports_in_a_fresh_process_after_utils():
    code = (
        "import utils, torchvision, torch;"
        "from torchvision.transforms import v2;"
        "print(tuple(torchvision.models.resnet18()(torch.zeros(1, 3, 64, 64)).shape),"
        " tuple(v2.Resize(8)(torch.zeros(3, 16, 16)).shape))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "(1, 1000) (3, 8, 8)", done.stderr


def test_declaring_twice_is_harmless():
    compat.declare_torchvision_operators()
    assert compat.declare_torchvision_operators() is False
    assert hasattr(torch.ops.torchvision, "nms")


def test_nothing_is_declared_where_torchvision_is_missing(monkeypatch):
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(compat.importlib.util, "find_spec", lambda name: None)
    assert compat.torchvision_operators_load()


def test_the_quota_of_the_container_limits_the_threads(tmp_path):
    quota = tmp_path / "cpu.max"
    quota.write_text("100000 100000\n")
    assert threads.granted_cores(quota) == 1
    quota.write_text("max 100000\n")
    visible = threads.granted_cores(quota)
    assert threads.granted_cores(tmp_path / "missing") == visible >= 1
