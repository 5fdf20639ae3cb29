"""A notebook passes only if a reader would see it run cleanly; every way to fail is named."""

import os
import sys
from pathlib import Path

import nbformat
import pytest

from utils.files import write_atomically
from utils.publish.__main__ import main
from utils.publish.browser import launch
from utils.publish.errors import BrowserMissing, NotebookFailure
from utils.publish.files import fingerprint, is_up_to_date
from utils.publish.runner import CLOSED_SOCKET, _Watch, is_progress, run_notebook

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))
from making import saved

WIDGETS = "import ipywidgets as w\n"


def run(path: Path, **options):
    return run_notebook(path, out=path.with_suffix(".out.ipynb"), echo=lambda line: None, **options)


def test_a_clean_notebook_is_saved_with_its_outputs(tmp_path):
    lines = []
    path = saved(tmp_path, "x = 20", "x + 22")
    report = run_notebook(path, out=tmp_path / "out.ipynb", echo=lines.append)
    assert nbformat.read(report.executed, 4).cells[1].outputs[0].data["text/plain"] == "42"
    assert [cell.line for cell in report.cells] == ["x = 20", "x + 22"]
    assert "[ 2/2]" in lines[1] and "x + 22" in lines[1]
    assert is_up_to_date(path, report.executed)


@pytest.mark.slow
def test_a_changed_notebook_is_not_up_to_date(tmp_path):
    path = saved(tmp_path, "1 + 1")
    executed = run(path).executed
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert not is_up_to_date(path, executed)


def test_an_executed_copy_that_is_damaged_is_not_up_to_date(tmp_path):
    path = saved(tmp_path, "1 + 1")
    executed = tmp_path / "half.ipynb"
    executed.write_text('{"cells": [')
    assert not is_up_to_date(path, executed)


def test_changed_code_changes_the_fingerprint(tmp_path):
    path = saved(tmp_path, "1 + 1")
    (tmp_path / "utils").mkdir()
    (tmp_path / "data" / "cache").mkdir(parents=True)
    module = tmp_path / "utils" / "model.py"
    module.write_text("rate = 1")
    before = fingerprint(path, tmp_path)
    (tmp_path / "data" / "cache" / "made.npy").write_text("made at run time")
    assert fingerprint(path, tmp_path) == before
    module.write_text("rate = 2")
    assert fingerprint(path, tmp_path) != before


PLANTED = {
    "an exception": ("1 / 0", "ZeroDivisionError: division by zero"),
    "an error hidden in an Output": (
        WIDGETS + "out = w.Output()\nwith out:\n    1 / 0",
        "a widget hides an error: ZeroDivisionError",
    ),
    "an error in interact": (
        WIDGETS + "@w.interact(n=(0, 3))\ndef broken(n):\n    raise KeyError('n')",
        "KeyError",
    ),
    "an error in a button's callback": (
        WIDGETS + "b = w.Button()\nb.on_click(lambda _: 1 / 0)\nb.click()",
        "ZeroDivisionError",
    ),
    "an error after a message of the front end": (
        WIDGETS + "s = w.IntSlider()\ns.observe(lambda c: 1 / 0, 'value')\n"
        "content = {'comm_id': s.comm.comm_id,"
        " 'data': {'method': 'update', 'state': {'value': 5}}}\n"
        "get_ipython().kernel.comm_manager.comm_msg(None, None, {'content': content})",
        "ZeroDivisionError",
    ),
    "a logged error of the kernel": (
        "import sys\nprint('Exception in comm_msg', file=sys.__stderr__)",
        "Exception in comm_msg",
    ),
    "a warning": (
        "import warnings\nwarnings.warn('the rate is deprecated')",
        "UserWarning: the rate is deprecated",
    ),
    "a request": (
        "import urllib.request as u\nu.urlopen('http://example.org/')",
        "tried to reach example.org",
    ),
    "a request that a library swallows": (
        "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80))\n"
        "except OSError:\n    pass",
        "tried to reach 192.0.2.1:80",
    ),
    "a request of a child process": (
        "import subprocess, sys\n_ = subprocess.run([sys.executable, '-c', "
        "\"import socket; socket.getaddrinfo('example.org', 80)\"], capture_output=True)",
        "tried to reach example.org:80",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PLANTED)
def test_each_planted_fault_is_caught_and_named(fault, tmp_path):
    source, said = PLANTED[fault]
    path = saved(tmp_path, "rate = 1", source)
    with pytest.raises(NotebookFailure) as caught:
        run(path)
    message = str(caught.value)
    assert said in message and "lecture.ipynb, cell [2]" in message
    assert "\n" not in message
    assert not path.with_suffix(".out.ipynb").exists()


@pytest.mark.slow
def test_a_slow_cell_is_stopped_and_named(tmp_path):
    path = saved(tmp_path, "while True: pass")
    with pytest.raises(NotebookFailure, match=r"cell \[1\].*longer than 1 s"):
        run(path, timeout=1)


@pytest.mark.slow
def test_a_notebook_that_takes_too_long_in_all_is_stopped(tmp_path):
    path = saved(tmp_path, "while True: pass")
    with pytest.raises(NotebookFailure, match=r"notebook took longer than 2 s"):
        run(path, timeout=60, total=2)


@pytest.mark.slow
def test_a_kernel_that_dies_is_reported(tmp_path):
    path = saved(tmp_path, "import os\nos._exit(1)")
    with pytest.raises(NotebookFailure, match=r"the kernel died"):
        run(path)


@pytest.mark.slow
def test_this_machine_and_progress_bars_are_allowed(tmp_path):
    server = (
        "import socket\nlistening = socket.create_server(('127.0.0.1', 0))\n"
        "client = socket.create_connection(('localhost', listening.getsockname()[1]))\n"
        "client.close(); listening.close()"
    )
    bar = "from tqdm import tqdm\nfor _ in tqdm(range(3), desc='64 rates'): pass"
    assert len(run(saved(tmp_path, server, bar)).cells) == 2


@pytest.mark.slow
def test_a_cell_tagged_raises_exception_may_raise(tmp_path):
    path = saved(tmp_path, "1 / 0")
    nb = nbformat.read(path, 4)
    nb.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(nb, path)
    assert run(path).cells


@pytest.mark.parametrize(
    ("words", "progress"),
    [
        ("  0%|          | 0/3 [00:00<?, ?it/s]\r100%|████| 3/3 [00:00<00:00, 9it/s]\n", True),
        ("64 rates:  40%|███▉   | 4.00k/10.0k [00:01<00:02, 3.9kit/s, loss=0.3]", True),
        ("7it [00:01, 5.2it/s]", True),
        ("100%|████| 3/3 [00:00<00:00]\nUserWarning: diverged", False),
        ("the loss fell by 40%", False),
    ],
)
def test_only_whole_progress_bars_count_as_progress(words, progress):
    assert is_progress(words) is progress


def test_a_missing_or_damaged_notebook_gets_one_sentence(tmp_path):
    with pytest.raises(NotebookFailure, match="there is no such notebook"):
        run_notebook(tmp_path / "none.ipynb")
    with pytest.raises(NotebookFailure, match="this is a folder; give the path of a notebook"):
        run_notebook(tmp_path)
    damaged = tmp_path / "damaged.ipynb"
    damaged.write_text('{"cells": [')
    with pytest.raises(NotebookFailure, match="not a notebook that Jupyter can read"):
        run_notebook(damaged)


def test_a_name_that_is_almost_right_gets_the_path_that_was_meant(capsys):
    meant = "lectures/training/02_early_stopping.ipynb"
    assert main(["run", "lectures/02_earlystopping.ipynb", "02_early_stopping", "lectures"]) == 1
    said = capsys.readouterr().out
    assert said.count(f"there is no such notebook; give its path, such as {meant}") == 2
    assert "failed lectures: this is a folder" in said


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_a_browser_that_does_not_start_is_named_with_its_own_words(tmp_path, monkeypatch):
    stand_in = tmp_path / "chromium"
    stand_in.write_text("#!/bin/sh\necho 'libnss3.so is missing' >&2\nexit 127\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BrowserMissing) as caught, launch():
        pass
    assert "does not start (libnss3.so is missing)" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_notebook_named_twice_is_run_once(tmp_path, capsys):
    name = str(tmp_path / "none.ipynb")
    assert main(["run", name, name]) == 1
    assert capsys.readouterr().out.count("no such notebook") == 1


def test_a_failed_write_leaves_the_old_file(tmp_path):
    target = write_atomically(tmp_path / "deck.html", b"old")
    with pytest.raises(TypeError):
        write_atomically(target, "text is not bytes")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["deck.html"]


@pytest.mark.parametrize(
    ("error", "is_over", "found"),
    [(CLOSED_SOCKET, True, 0), (CLOSED_SOCKET, False, 1), ("ValueError: broken", True, 1)],
)
def test_only_a_stopped_kernel_may_find_its_sockets_closed(tmp_path, error, is_over, found):
    watch = _Watch("lecture", nbformat.v4.new_notebook(), tmp_path, 60, 180, print)
    watch.log_read = 0
    (tmp_path / "kernel.log").write_text(f"Traceback (most recent call last):\n{error}\n")
    assert len(list(watch.kernel_log_problems(is_over=is_over))) == found
