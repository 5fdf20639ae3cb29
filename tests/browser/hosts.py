"""The places a view must live in, for one script to run in all of them.

``lab`` starts a JupyterLab of its own: free port, token, fresh profile, a folder of the test's.
``open_notebook`` opens a notebook there, with a kernel or without one; a deck opens from its file.
"""

import contextlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.sign import NotebookNotary

from utils.publish.browser import launch

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 60
VIEW = {"width": 1280, "height": 900}
# Requests that JupyterLab itself makes for things a fresh profile does not have yet.
NOT_OURS = ("/api/workspaces", "/lab/api/workspaces", "favicon", "/api/me", "/api/settings")


@dataclass
class Lab:
    """A running JupyterLab: its address, token, and the folder it shows."""

    url: str
    token: str
    folder: Path
    profile: Path


@dataclass
class Host:
    """A page that shows views, and the errors it logged so far."""

    name: str
    page: Any
    errors: list[str] = field(default_factory=list)

    def view(self, module: str) -> Any:
        """Return the locator of a view; on a slide, turn to it first."""
        root = self.page.locator(f".dll-view[data-view={module}]").first
        if self.name == "deck":
            root.evaluate(
                "e => { const i = Reveal.getIndices(e.closest('section')); Reveal.slide(i.h, i.v) }"
            )
        root.scroll_into_view_if_needed()
        return root


def watch(page: Any, errors: list[str]) -> None:
    """Collect what a page logs as an error."""

    def note(message: Any) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(part in where for part in NOT_OURS):
            errors.append(f"{message.text} ({where})")

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))


def write_notebook(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """Write a notebook of code cells, each on a slide of its own."""
    nb = nbformat.v4.new_notebook()
    nb.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "python"}
    nb.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    for cell in nb.cells:
        cell.metadata.slideshow = {"slide_type": "slide"}
    nbformat.write(nb, path)
    return path


def without_kernel(lab: Lab, saved: Path, name: str) -> Path:
    """Copy a saved notebook so that no kernel fits it, and trust it, as the set-up does."""
    nb = nbformat.read(saved, as_version=4)
    nb.metadata.kernelspec = {"name": "gone", "display_name": "gone", "language": "gone"}
    nb.metadata.pop("language_info", None)  # JupyterLab would take any kernel of this language
    path = saved.with_name(name)
    nbformat.write(nb, path)
    notary = NotebookNotary(data_dir=str(lab.profile / "data"))
    notary.sign(nbformat.read(path, as_version=4))
    notary.store.close()
    return path


@contextlib.contextmanager
def lab(folder: Path, profile: Path) -> Iterator[Lab]:
    """Give a running JupyterLab on a free port; it and its kernels end with the block."""
    settings = profile / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    news = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(news))
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", f"--IdentityProvider.token={token}", "--allow-root"]
    command += [f"--ServerApp.root_dir={folder}"]
    with (profile / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=_environment(profile), stdout=log, stderr=log, cwd=folder
        )
        try:
            yield Lab(_address(server, profile), token, folder, profile)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _environment(profile: Path) -> dict[str, str]:
    own = {
        "JUPYTER_CONFIG_DIR": str(profile / "config"),
        "JUPYTER_DATA_DIR": str(profile / "data"),
        "JUPYTER_RUNTIME_DIR": str(profile / "runtime"),
        "IPYTHONDIR": str(profile / "ipython"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }
    return {**os.environ, **own}


def _address(server: subprocess.Popen, profile: Path) -> str:
    """Return the server's address once it has written it down."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        for path in (profile / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):
                return json.loads(path.read_text())["url"]
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.1)
    raise RuntimeError((profile / "lab.log").read_text()[-2000:])


def open_notebook(page: Any, running: Lab, path: Path) -> None:
    """Open a notebook in JupyterLab; a question for a kernel is answered with "No Kernel"."""
    page.goto(f"{running.url}lab/tree/{path.name}?token={running.token}&reset")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=60_000)


def decline_kernel(page: Any) -> None:
    """Answer JupyterLab's question for a kernel with "No Kernel"."""
    question = page.get_by_role("dialog")
    question.get_by_role("button", name="No Kernel").click(timeout=30_000)
    question.wait_for(state="detached")


def run_all(page: Any) -> None:
    """Run all cells, wait until the last one is done, and save."""
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(
        "() => { const p = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];"
        "return p.length && p.every(e => /\\[\\d+\\]/.test(e.textContent)) }",
        timeout=400_000,
    )


def save(page: Any, path: Path) -> None:
    """Save the notebook and wait until the file holds its outputs."""
    page.keyboard.press("Control+s")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(nbformat.reader.NotJSONError):  # just being written
            if any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells):
                return
        page.wait_for_timeout(100)
    raise RuntimeError(f"{path.name} was not saved")


@contextlib.contextmanager
def new_page(browser: Any, name: str) -> Iterator[Host]:
    """Give a host with an empty page in a fresh profile."""
    context = browser.new_context(viewport=VIEW)
    try:
        host = Host(name, context.new_page())
        watch(host.page, host.errors)
        yield host
    finally:
        context.close()


__all__ = [
    "Host",
    "Lab",
    "decline_kernel",
    "lab",
    "launch",
    "new_page",
    "open_notebook",
    "run_all",
    "save",
    "watch",
    "without_kernel",
    "write_notebook",
]
