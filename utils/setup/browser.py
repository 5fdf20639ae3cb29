"""Makes sure that there is a Chromium for the tests and the decks: ``-m utils.setup.browser``.

One that is installed is used. As root on Debian it is installed. Anywhere else one sentence
says what to do, and the command fails: a check that needs a browser is never skipped.
"""

import os
import shutil
import subprocess
import sys

from utils.publish.browser import find_chromium
from utils.publish.errors import BrowserMissing

# The fonts, because a machine without any draws no text.
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")
TEXT = {
    "installing": "Installing Chromium with apt-get; this takes a minute or two",
    "failed": "apt-get could not install Chromium (see above).",
    "missing": (
        "No Chromium was found: install chromium or google-chrome so that it is on the PATH "
        "(on Debian: sudo apt-get install chromium), then run make again."
    ),
}


def can_install() -> bool:
    """Say whether this is root on a system with apt-get."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and shutil.which("apt-get") is not None


def install() -> None:
    """Install Chromium with apt-get; raise `BrowserMissing` where that fails."""
    print(TEXT["installing"], flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ["install", "--yes", "--no-install-recommends", *PACKAGES]
    for step in (["update"], packages):
        command = ["apt-get", "--quiet", *step]
        if subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode:
            raise BrowserMissing(TEXT["failed"])


def ensure_chromium() -> str:
    """Return the path of Chromium, installed now if need be; raise `BrowserMissing` if not."""
    try:
        return find_chromium()
    except BrowserMissing:
        if not can_install():
            raise BrowserMissing(TEXT["missing"]) from None
    install()
    return find_chromium()


def main() -> int:
    """Run the command; return 0 if there is a Chromium."""
    try:
        ensure_chromium()
    except BrowserMissing as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
