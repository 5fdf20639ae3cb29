"""The front matter agrees with the project: commands, links, packages, minutes."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def tracked(*patterns: str) -> list[Path]:
    """Return the files of the checkout that git knows, those not ignored included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def requirements() -> list[Requirement]:
    """Return every package that pyproject.toml names, but the course itself."""
    extras = PROJECT["optional-dependencies"].values()
    named = [Requirement(line) for lines in (PROJECT["dependencies"], *extras) for line in lines]
    return [wanted for wanted in named if wanted.name != PROJECT["name"]]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a Markdown file's headings, in the form of GitHub."""
    headings = re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_names_every_command_and_no_other():
    named = set(re.findall(r"`?make ([a-z-]+)\b", (ROOT / "README.md").read_text()))
    assert TARGETS - named == set()
    assert named & {"lab", "test"} == {"lab", "test"}
    in_code = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert in_code <= TARGETS


def test_every_command_of_the_other_pages_exists():
    for path in tracked("*.md", "*.yml", "*.yaml"):
        text = path.read_text(encoding="utf-8")
        commands = re.findall(r"(?:`|run: )make ([a-z-]+)", text)
        assert set(commands) <= TARGETS, path.name


@pytest.mark.parametrize("page", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(place), f"{page.name}: {target}"


def test_conda_gets_the_packages_of_pyproject():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    python, tool, rest = listed
    assert python.partition("=")[2] in SpecifierSet(PROJECT["requires-python"])
    assert tool == "pip"
    limits, install = rest["pip"]
    assert limits == "-c constraints.txt"
    extras = re.fullmatch(r"-e \.\[([\w,]+)\]", install)[1].split(",")
    assert set(extras) <= set(PROJECT["optional-dependencies"])


def test_the_tested_versions_cover_and_fit_the_ranges():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    versions = {
        canonicalize_name(pin.name): re.fullmatch(r"==([\w.]+)", str(pin.specifier))[1]
        for pin in pins
    }
    for wanted in requirements():
        assert versions[canonicalize_name(wanted.name)] in wanted.specifier, wanted.name


def test_the_map_links_every_notebook_and_gives_the_minutes_of_its_notes():
    text = (ROOT / "lectures" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [\d.]+ \| \[[^]]+\]\(([^)]+)\) \| (\d+) \|", text, re.MULTILINE)
    notebooks = {str(path.relative_to(ROOT / "lectures")) for path in tracked("lectures/*.ipynb")}
    assert {name for name, _ in rows} == notebooks
    for name, minutes in rows:
        assert minutes_of(ROOT / "lectures" / name) == pytest.approx(float(minutes), abs=1), name


def test_the_readme_links_every_notebook_and_counts_them():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    notebooks = {str(path.relative_to(ROOT)) for path in tracked("lectures/*.ipynb")}
    assert set(re.findall(r"\]\((lectures/[^)]+\.ipynb)\)", text)) == notebooks
    assert f"all {len(notebooks)} notebooks" in text


def minutes_of(notebook: Path) -> float:
    """Return the sum of the minutes that open the speaker notes."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    notes = [
        "".join(cell["source"])
        for cell in cells
        if cell["metadata"].get("slideshow", {}).get("slide_type") == "notes"
    ]
    return sum(float(re.match(r"\W*(\d+(?:\.\d+)?)\s*min", note)[1]) for note in notes)


def test_no_file_names_a_folder_of_somebodys_machine():
    homes = re.compile(rb"/(?:home|Users|root|work)/[\w.-]+/|[A-Z]:\\Users")
    text = (".py", ".js", ".md", ".ipynb", ".toml", ".txt", ".json", ".yml", ".yaml", "run", "file")
    found = [
        path.relative_to(ROOT)
        for path in tracked()
        if path.name.endswith(text) and path != Path(__file__) and homes.search(path.read_bytes())
    ]
    assert found == []


def test_the_notebooks_are_kept_without_outputs():
    for path in tracked("lectures/*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), path.name


def test_one_command_lists_the_others():
    command = ["make", "--no-print-directory", "help"]  # make names its folder inside make
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in listing.stdout.splitlines() if "make" in line} == TARGETS
