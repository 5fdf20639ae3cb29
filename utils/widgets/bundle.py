"""Joins the ES modules of one view into one inline module, with no tool and no network.

It knows only the few forms the course uses: ``import { a, b } from "./file.js";`` of local files,
``export`` before a function, class or const, and one closing ``export default { render };``. On
any other form it raises, so a bundle never differs from what node runs in the tests.
"""

import functools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+\.js)";\n', re.MULTILINE)
_DEFAULT = re.compile(r"^export default \{ render(?:: (\w+))? \};\n", re.MULTILINE)
_NAMED = re.compile(r"^export (?=(?:async function|function|class|const) )", re.MULTILINE)
_TOP_NAME = re.compile(
    r"^(export )?(?:(?:async )?function|class|const|let|var) ([\w$]+)", re.MULTILINE
)
_TOP_PATTERN = re.compile(r"^(?:export )?(?:const|let|var) [\[{]", re.MULTILINE)
_LEFT_OVER = re.compile(r"^\s*(?:import|export)\b.*|\bimport\s*\(.*", re.MULTILINE)
_BLOCK_COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_TYPE_COMMENT = re.compile(r"/\*\* @[^*\n]*\*/ ?")
_FUNCTION = re.compile(r"^function ([\w$]+)\([^\n]*\n(?:(?:\t[^\n]*|\) \{|)\n)*}\n", re.MULTILINE)
_INDENT = re.compile(r"^(?:\t+|\n)", re.MULTILINE)
_ALIVE = """export default {
render(context) {
document.getElementById(context.model.get("static_id"))?.remove();
return widget.render(context);
},
};
"""
_UNSAFE_INLINE = re.compile(r"</script|<!--", re.IGNORECASE)


class BundleError(ValueError):
    """A source file uses a form that the bundler does not know, or two files share a name."""


@functools.cache
def bundle(module: str) -> str:
    """Return the code of view ``module`` for a page: it declares ``mount`` and ``widget``.

    Files are joined in the order of their imports, each once. Comments on lines of their own,
    type comments, tabs before a line and empty lines are left out: no text may depend on them.
    So is a function of the kit that the view does not use.
    Raises BundleError on a form it does not know, a missing file or a name clash.
    """
    return join(ROOT / module / "widget.js", ROOT / "kit" / "shim.js")


@functools.cache
def module_for_kernel(module: str, entry: str = "live.js") -> str:
    """Return the code of view ``module`` as the ES module that anywidget loads.

    What stands for the form on a page without a kernel goes away when the form is rendered.
    """
    return join(ROOT / module / entry) + _ALIVE


def join(entry: Path, *libraries: Path) -> str:
    """Return ``libraries``, then ``entry`` and all it imports, as one script."""
    order: list[Path] = []
    for path in (*libraries, entry):
        _visit(path.resolve(), order, ())
    owners: dict[str, Path] = {}
    parts = []
    for path in order:
        source = _read(path)
        _claim_names(source, path, owners)
        parts.append(_inline(source, path, is_entry=path == order[-1]))
    code = _INDENT.sub("", _without_unused("".join(parts)))
    if _UNSAFE_INLINE.search(code):
        raise BundleError(f"{entry}: a script inside a page must not hold '</script' or '<!--'.")
    return code


def _read(path: Path) -> str:
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BundleError(f"{path} does not exist.") from None
    return _TYPE_COMMENT.sub("", _LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", source)))


def _visit(path: Path, order: list[Path], parents: tuple[Path, ...]) -> None:
    if path in parents:
        raise BundleError(f"{path} imports itself through {parents[-1].name}.")
    if path in order:
        return
    for names, target in _IMPORT.findall(_read(path)):
        imported = (path.parent / target).resolve()
        _visit(imported, order, (*parents, path))
        _check_names(names, imported, path)
    order.append(path)


def _check_names(names: str, imported: Path, path: Path) -> None:
    exported = {name for export, name in _TOP_NAME.findall(_read(imported)) if export}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in exported:
            raise BundleError(f"{path}: '{name}' is not exported by {imported.name}.")


def _without_unused(code: str) -> str:
    """Leave out each function whose name stands nowhere else; a page itself calls ``mount``."""
    before = ""
    while code != before:  # without one function, another may have lost its last call
        before = code
        for found in reversed(list(_FUNCTION.finditer(code))):
            if found.group(1) != "mount" and _times(found.group(1), code) == 1:
                code = code[: found.start()] + code[found.end() :]
    return code


def _times(name: str, code: str) -> int:
    """Count where a name stands: as a colour, in quotes or in the style sheet, it is no call."""
    return len(re.findall(rf'(?<![\w$"])(?<!dll-){re.escape(name)}(?![\w$"])', code))


def _claim_names(source: str, path: Path, owners: dict[str, Path]) -> None:
    if found := _TOP_PATTERN.search(source):
        raise BundleError(f"{path}: unknown form '{found.group().strip()}' at the top level.")
    for _, name in _TOP_NAME.findall(source):
        if owners.setdefault(name, path) != path:
            raise BundleError(f"{path}: '{name}' is already declared in {owners[name].name}.")


def _inline(source: str, path: Path, *, is_entry: bool) -> str:
    default = _DEFAULT.search(source)
    if is_entry and not default:
        raise BundleError(f"{path}: the entry must end with 'export default {{ render }};'.")
    code = _NAMED.sub("", _DEFAULT.sub("", _IMPORT.sub("", source)))
    if found := _LEFT_OVER.search(code):
        raise BundleError(f"{path}: unknown form '{found.group().strip()}'.")
    if is_entry and default:
        code += f"const widget = {{ render: {default.group(1) or 'render'} }};\n"
    return code
