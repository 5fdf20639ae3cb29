"""Setting up: what a reader with an old Python, a busy port or no Chromium is told."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from utils.publish.errors import BrowserMissing
from utils.setup import browser, environment, javascript, lab

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def busy_port():
    """A port of the loopback address that a server listens on."""
    with socket.socket() as server:
        server.bind((lab.ADDRESS, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def checkout(tmp_path):
    """A checkout with the lists of packages and nothing else."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    return tmp_path


def installed(checkout: Path) -> Path:
    """Return an environment whose stamp says that it is up to date."""
    venv = checkout / ".venv"
    (venv / "bin").mkdir(parents=True)
    environment.python_of(venv).symlink_to(sys.executable)
    (venv / environment.STAMP).write_text(environment.fingerprint(checkout))
    return venv


def test_a_python_that_is_too_old_is_named_with_the_way_out():
    with pytest.raises(environment.SetupError, match=r"3\.11 or newer .* 3\.10\.13; .*PYTHON="):
        environment.check_python((3, 10, 13))


def test_a_python_that_is_new_enough_passes():
    environment.check_python((3, 11, 0))
    environment.check_python((3, 14, 1))


def test_a_complete_environment_is_not_installed_again(checkout, monkeypatch):
    venv = installed(checkout)
    monkeypatch.setattr(environment, "make", lambda *_: pytest.fail("installed again"))
    environment.ensure(venv, checkout)


@pytest.mark.parametrize("name", environment.LISTS)
def test_a_changed_list_of_packages_is_installed(checkout, name):
    venv = installed(checkout)
    assert environment.is_ready(venv, checkout)
    (checkout / name).write_text("changed")
    assert not environment.is_ready(venv, checkout)


def test_an_environment_whose_python_has_gone_is_not_ready(checkout):
    venv = installed(checkout)
    environment.python_of(venv).unlink()
    environment.python_of(venv).symlink_to(checkout / "gone")
    assert not environment.is_ready(venv, checkout)


def test_a_failed_installation_leaves_no_stamp(checkout, monkeypatch):
    def fail(*_: object) -> None:
        raise environment.SetupError(environment.TEXT["failed"])

    monkeypatch.setattr(environment, "_run", fail)
    with pytest.raises(environment.SetupError, match="next make tries again"):
        environment.make(checkout / ".venv", checkout)
    assert not (checkout / ".venv" / environment.STAMP).exists()


def test_a_read_only_checkout_uses_the_environment_as_it_is(checkout, monkeypatch, capsys):
    venv = installed(checkout)
    (checkout / "constraints.txt").write_text("changed")
    monkeypatch.setattr(environment.os, "access", lambda *_: False)
    environment.ensure(venv, checkout)
    assert "read-only" in capsys.readouterr().out


def test_a_read_only_checkout_without_an_environment_says_where_to_make_one(checkout, monkeypatch):
    monkeypatch.setattr(environment.os, "access", lambda *_: False)
    with pytest.raises(environment.SetupError, match="VENV="):
        environment.ensure(checkout / ".venv", checkout)


def test_the_next_free_port_is_used_where_one_is_busy(busy_port):
    assert not lab.is_free(busy_port)
    found = lab.free_port(busy_port)
    assert found > busy_port
    assert lab.is_free(found)


def test_only_busy_ports_say_how_to_name_another(busy_port):
    with pytest.raises(lab.LabError, match=rf"{busy_port} to {busy_port} .* PORT="):
        lab.free_port(busy_port, tries=1)


def test_a_busy_port_is_said_in_one_sentence(busy_port, monkeypatch, capsys, tmp_path):
    started = {}

    def execve(program: str, line: list[str], variables: dict[str, str]) -> None:
        started["line"] = line

    monkeypatch.setattr(lab.os, "execve", execve)
    monkeypatch.setattr(lab, "state_folder", lambda _: (tmp_path, True))
    monkeypatch.chdir(tmp_path)
    lab.start(busy_port)
    said = capsys.readouterr().out
    port = re.search(rf"Port {busy_port} is busy, so JupyterLab uses (\d+)\.", said)[1]
    assert f"--ServerApp.port={port}" in started["line"]
    assert f"http://{lab.ADDRESS}:{port}/" in said


@pytest.mark.parametrize("value", ["", "abc", "0", "65536", "-1", "8888.5", "²"])
def test_a_port_that_is_none_is_refused(value):
    with pytest.raises(lab.LabError, match="whole number"):
        lab.parse_port(value)


def test_the_lab_listens_on_loopback_only_with_a_token():
    variables = lab.environment(Path("state"), {"JUPYTER_TOKEN": ""})
    line = lab.command(8888, ROOT, variables)
    assert "--ServerApp.ip=127.0.0.1" in line
    assert len(variables["JUPYTER_TOKEN"]) >= 32
    assert variables["JUPYTER_TOKEN"] not in " ".join(line)


def test_the_lab_opens_on_the_map():
    line = lab.command(8888, ROOT, {})
    assert f"--LabApp.default_url=/lab/tree/{lab.MAP}" in line
    assert (ROOT / lab.MAP).exists()


def test_jupyter_keeps_out_of_the_home_folder(tmp_path):
    variables = lab.environment(tmp_path, {})
    places = [value for name, value in variables.items() if name.endswith(("_DIR", "DIR"))]
    assert len(places) >= 6
    assert all(Path(place).is_relative_to(tmp_path) for place in places)


def test_no_browser_is_opened_where_there_is_no_screen():
    assert not lab.has_screen({}, "linux")
    assert lab.has_screen({"DISPLAY": ":0"}, "linux")
    assert lab.has_screen({}, "darwin")


def test_a_checkout_that_cannot_be_written_keeps_jupyters_files_elsewhere(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    folder, inside = lab.state_folder(tmp_path)
    assert not inside
    assert folder.is_dir()
    assert not folder.is_relative_to(tmp_path)
    folder.rmdir()


@pytest.mark.slow
def test_jupyterlab_reads_the_courses_settings(tmp_path):
    """Asked in the way JupyterLab does it: no news, and Markdown opens as a page."""
    question = (
        "import json; from jupyterlab_server.settings_utils import _get_overrides;"
        "print(json.dumps(_get_overrides('nowhere')[0]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", question],
        env=lab.environment(tmp_path, os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    settings = json.loads(answer.stdout)
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    viewers = settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}


def test_the_courses_notebooks_are_trusted(tmp_path):
    from nbformat import read, v4, write
    from nbformat.sign import NotebookNotary

    path = tmp_path / "lectures" / "series" / "01_one.ipynb"
    path.parent.mkdir(parents=True)
    write(v4.new_notebook(cells=[v4.new_code_cell("1 + 1")]), path)
    assert lab.trust(tmp_path, tmp_path / "data") == 1
    notary = NotebookNotary(data_dir=str(tmp_path / "data"))
    assert notary.check_signature(read(path, as_version=4))


def test_a_missing_browser_is_one_sentence_and_a_failure(monkeypatch, capsys):
    def none() -> str:
        raise BrowserMissing("none")

    monkeypatch.setattr(browser, "find_chromium", none)
    monkeypatch.setattr(browser, "can_install", lambda: False)
    assert browser.main() == 1
    said = capsys.readouterr().err
    assert "apt-get install chromium" in said
    assert len(said.splitlines()) == 1


def test_chromium_is_installed_after_the_lists_are_brought_up_to_date(monkeypatch):
    commands = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(browser.subprocess, "run", run)
    browser.install()
    assert [command[2] for command in commands] == ["update", "install"]
    assert "chromium" in commands[1]


def test_node_comes_from_the_package_where_there_is_none_on_the_path(monkeypatch):
    monkeypatch.setattr(javascript.shutil, "which", lambda _: None)
    program = Path(*javascript.find_node())
    assert program.exists()
    assert os.access(program, os.X_OK)
    assert all(Path(part).exists() for part in javascript.find_npm())


def test_the_script_of_the_checks_can_be_run():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert "make test" in script.read_text()
