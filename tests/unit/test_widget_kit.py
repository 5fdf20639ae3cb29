"""The widget kit: packing, bundling, the state's schema, and HTML that is safe to inline."""

import json
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from utils.widgets import codec, view
from utils.widgets.bundle import BundleError, join
from utils.widgets.poster import drawable, figure_png, image_tag, new_figure
from utils.widgets.schema import check_state


@given(arrays(np.float64, (3, 7), elements=st.floats(-2, 5) | st.just(np.nan)))
def test_packed_numbers_come_back_within_one_part_in_508(values):
    back = codec.decode(codec.encode(values, -2, 5))
    assert back.shape == values.shape
    assert np.array_equal(np.isnan(back), np.isnan(values))
    assert np.nanmax(np.abs(back - values), initial=0) <= 7 / 508 + 1e-5


def test_numbers_outside_are_clipped_and_infinity_is_the_end():
    back = codec.decode(codec.encode([-9.0, 9.0, np.inf], 0, 1))
    assert back.tolist() == [0, 1, 1]


@pytest.mark.parametrize("bounds", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1)])
def test_packing_refuses_bounds_without_a_length(bounds):
    with pytest.raises(ValueError, match="low < high"):
        codec.encode([0.5], *bounds)


@pytest.fixture
def write(tmp_path):
    def write_file(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write_file


KIT = """export function used(
	first,
	second,
) {
	return usedToo(first);
}

function usedToo() {
	return 2;
}

function one() {}

export function unused(name) {
	return 3;
}
"""
USES_ONE = """import { used } from "./kit.js";

function render() {
	used();
}

export default { render };
"""


def test_a_bundle_holds_each_file_once_in_the_order_of_imports(write):
    write("a.js", "/** Doc. */\nexport const a = 1;\n")
    write("b.js", 'import { a } from "./a.js";\nexport function b() {\n\treturn a;\n}\n')
    entry = write(
        "widget.js",
        'import { a } from "./a.js";\nimport {\n\tb,\n} from "./b.js";\n'
        "function render() {\n\t// why\n\treturn a + b();\n}\n\nexport default { render };\n",
    )
    code = join(entry)
    assert code.count("const a = 1;") == 1
    assert code.index("const a") < code.index("function b") < code.index("function render")
    assert "Doc." not in code and "why" not in code
    assert code.endswith("const widget = { render: render };\n")
    assert not re.search(r"^\s*(import|export)\b", code, re.MULTILINE)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('import x from "./a.js";\n', "unknown form"),
        ('import * as x from "./a.js";\n', "unknown form"),
        ('import { a as c } from "./a.js";\n', "not exported"),
        ('import { missing } from "./a.js";\n', "not exported"),
        ('import { a } from "./nowhere.js";\n', "does not exist"),
        ('import { a } from "https://example.org/a.js";\n', "unknown form"),
        ('const b = await import("./a.js");\n', "unknown form"),
        ("export let b = 1;\n", "unknown form"),
        ("export { render };\n", "unknown form"),
        ("const { b } = globalThis;\n", "unknown form"),
        ('import { a } from "./a.js";\nconst a2 = a;\nfunction clash() {}\n', "already declared"),
        ('const text = "</script>";\n', "must not hold"),
    ],
)
def test_a_bundle_refuses_what_it_does_not_know(write, source, message):
    write("a.js", "export const a = 1;\nconst clash = 2;\n")
    entry = write("widget.js", f"{source}function render() {{}}\nexport default {{ render }};\n")
    with pytest.raises(BundleError, match=message):
        join(entry)


def test_a_bundle_leaves_out_only_the_functions_that_nothing_names(write):
    write("kit.js", KIT)
    code = join(write("widget.js", USES_ONE))
    assert "function used(" in code and "function usedToo(" in code and "function one() {}" in code
    assert "unused" not in code and "return 3" not in code


def test_a_comment_in_front_of_code_does_not_take_the_code_with_it(write):
    source = "const f = (\n\t/** @type {any} */ kept,\n) => kept;\n/** Gone. */\nconst b = f;\n"
    code = join(write("widget.js", source + "function render() {}\n\nexport default { render };\n"))
    assert "kept,\n) => kept;\nconst b = f;" in code and "Gone" not in code


def test_a_function_goes_with_its_last_caller_and_a_colour_s_name_is_no_call(write):
    functions = (
        "export function line() {\n\treturn 1;\n}\n\nexport function cross() {\n\tline();\n}\n"
    )
    write("kit.js", functions)
    uses = 'import { cross, line } from "./kit.js";\nfunction render() {\n\treturn "line";\n}\n'
    code = join(write("widget.js", uses + "\nexport default { render };\n"))
    assert "function line" not in code and "function cross" not in code


def test_a_bundle_needs_a_default_export_and_no_circle(write):
    with pytest.raises(BundleError, match="must end with"):
        join(write("widget.js", "function render() {}\n"))
    write("a.js", 'import { b } from "./b.js";\nexport const a = 1;\n')
    write("b.js", 'import { a } from "./a.js";\nexport const b = 1;\n')
    entry = write("c.js", 'import { a } from "./a.js";\nexport default { render };\n')
    with pytest.raises(BundleError, match="imports itself"):
        join(entry)


def test_no_text_can_leave_the_island_or_the_alt_text():
    evil = "</script><script>alert(1)</script><!--"
    island = view.to_island({"text": evil})
    assert "<" not in island
    assert json.loads(island) == {"text": evil}
    assert image_tag(None, evil).count("<") == 2
    assert image_tag(b"png", '"><b>').count("<") == 1


def test_a_poster_shows_letters_that_its_font_lacks_as_boxes_and_dollars_as_they_are():
    assert drawable("2035년 café $x$") == r"2035□ café \$x\$"
    figure = new_figure(2, 1)
    figure.text(0.1, 0.5, drawable("년"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figure_png(figure).startswith(b"\x89PNG")


def test_an_island_has_no_nan():
    with pytest.raises(ValueError, match="JSON"):
        view.to_island({"loss": float("nan")})


def test_an_unknown_view_is_named():
    with pytest.raises(ValueError, match="no view called 'nothing'"):
        check_state("nothing", {})
