"""Exercises: right answers pass, each wrong idea is named, and nothing a reader writes raises."""

import json
import re

import pytest
from matplotlib.figure import Figure
from synthetic import rates_result

from utils.exercises import Question, check, hint, predict, quiz, solution
from utils.exercises.exercise import Registry
from utils.widgets import LearningRateSweep

REGISTRY = Registry.of_lectures()
PLANTED = [
    pytest.param(exercise.name, misconception, id=f"{exercise.name}-{misconception.name}-{i}")
    for exercise in REGISTRY.exercises.values()
    for i, misconception in enumerate(exercise.misconceptions)
]
FUNCTIONS = [name for name in REGISTRY.exercises if callable(REGISTRY.find(name).reference)]


def shown(displayed):
    bundle = displayed._repr_mimebundle_()
    return bundle["text/html"], bundle["text/plain"]


@pytest.mark.parametrize("name", REGISTRY.exercises)
def test_the_reference_passes(name):
    verdict = check(name, REGISTRY.find(name).reference)
    assert verdict.passed
    markup, words = shown(verdict)
    assert "✓" in markup and words.startswith("✓ Right")


@pytest.mark.parametrize("name", REGISTRY.exercises)
def test_each_exercise_knows_at_least_three_wrong_ideas(name):
    assert len({idea.name for idea in REGISTRY.find(name).misconceptions}) >= 3


@pytest.mark.parametrize(("name", "misconception"), PLANTED)
def test_each_planted_answer_is_wrong_and_its_idea_is_named(name, misconception):
    example = misconception.example
    verdict = check(name, example() if isinstance(example, type) else example)
    assert verdict.state == "wrong"
    assert verdict.misconception == misconception.name
    assert verdict.message and verdict.advice and verdict.differences
    markup, words = shown(verdict)
    assert "✗" in markup and words.startswith("✗")


def stub(*arguments):
    raise NotImplementedError


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("attempt", [stub, None, ..., lambda *arguments: ...])
def test_a_stub_is_not_tried_and_not_wrong(name, attempt):
    verdict = check(name, attempt)
    assert verdict.state == "not_tried"
    assert "○" in shown(verdict)[0]


@pytest.mark.parametrize("answer", [None, dict.fromkeys("ABCD"), {"A": "good", "B": None}])
def test_a_diagnosis_with_gaps_is_not_tried(answer):
    assert check("diagnose", answer).state == "not_tried"


def test_an_exception_is_named_escaped_and_its_line_shown():
    def broken(*arguments):
        raise KeyError("<script>alert(1)</script>")

    verdict = check("step_decay", broken)
    markup, words = shown(verdict)
    assert verdict.state == "error"
    assert "KeyError" in words and "raise KeyError" in words
    assert "<script" not in markup and "&lt;script&gt;" in markup


class Unprintable:
    def __repr__(self):
        raise RuntimeError


def spoil(first, *others):
    for argument in (first, *others):
        argument[:] = 0
    return first


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "attempt",
    [
        5,
        "text",
        Unprintable(),
        lambda: 1,
        lambda *a: None,
        lambda *a: "0.1",
        lambda *a: 1 / 0,
        lambda *a: [],
        lambda *a: [1, 2],
        lambda *a: 10**400,
        lambda *a: Unprintable(),
        lambda *a: float("nan"),
        lambda *a: 5e-324,
        lambda *a: exit(),
        spoil,
    ],
)
def test_whatever_is_passed_becomes_a_verdict(name, attempt):
    verdict = check(name, attempt)
    assert verdict.state in ("wrong", "error")
    assert verdict.advice


@pytest.mark.parametrize("answer", [3, "good", {"A": 1, "B": [], "C": "fine", "D": "x"}])
def test_a_diagnosis_in_another_form_is_told_how_to_write_it(answer):
    verdict = check("diagnose", answer)
    assert verdict.state == "error"
    assert '"good"' in verdict.advice


def test_a_diagnosis_is_read_in_any_spelling():
    answer = {"a": "Too-low", "b": "TOO HIGH", "c": "good ", "d": "explodes"}
    assert check("diagnose", answer).passed


def test_an_answer_that_changes_its_arrays_is_judged_by_what_it_returns():
    reference = REGISTRY.find("pick_rate").reference

    def tidy(rates, losses):
        rate = float(reference(rates, losses))
        losses[:] = 0
        return rate

    assert check("pick_rate", tidy).passed


def test_an_unknown_exercise_is_refused_with_the_nearest_name():
    for call in (hint, solution, lambda name: check(name, None)):
        with pytest.raises(ValueError, match="Did you mean 'step_decay'"):
            call("step_decai")


def test_hints_come_in_order_and_the_last_one_stays():
    registry = Registry.of_lectures()
    for name, exercise in registry.exercises.items():
        for text in (*exercise.hints, exercise.hints[-1]):
            assert text in str(registry.hint(name))
        assert "solution(" in str(registry.hint(name))


@pytest.mark.parametrize("name", REGISTRY.exercises)
def test_the_solution_shown_is_code_that_passes(name):
    words = shown(solution(name))[1]
    source = words.split("\n", 1)[1]
    defined = {}
    exec(source, defined)
    assert check(name, defined[name]).passed


ASK = {"choices": ["up", "down"], "answer": 1, "because": "It falls."}


def islands(markup):
    found = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', markup, re.DOTALL)
    return [json.loads(text) for text in found]


def test_a_question_that_would_end_the_script_stays_text():
    evil = "</script><img src=x onerror=alert(1)>"
    for view in (
        predict(evil, [evil, "down"], answer=1, because=evil),
        quiz([Question(evil, [evil, "down"], 1, evil)]),
    ):
        markup = view.html()
        assert "<img" not in markup
        assert evil in json.dumps(islands(markup))


def test_without_scripts_the_plot_folds_out_under_the_choices():
    markup = predict("Where to?", **ASK, reveal=Figure(), alt="A falling line.").html()
    before, folded = markup.split("<details>")
    assert "Where to?" in before and "<li>up</li>" in before and "<img" not in before
    assert 'alt="A falling line."' in folded and "It falls." in folded.split("</details>")[0]


class Shown:
    def _repr_mimebundle_(self):
        return {"text/html": "<svg id='own'></svg>", "text/plain": "own"}


def test_anything_that_shows_as_html_can_be_revealed():
    assert "<svg id='own'>" in predict("?", **ASK, reveal=Shown()).html()
    nested = predict("?", **ASK, reveal=LearningRateSweep(rates_result()))
    assert 'data-view="learning_rate_sweep"' in nested.html()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answer": 2}, "position"),
        ({"answer": True}, "position"),
        ({"choices": ["one"], "answer": 0}, "two to eight"),
        ({"choices": "ab"}, "two to eight"),
        ({"reveal": Figure()}, "alt="),
        ({"reveal": 3}, "matplotlib figure"),
    ],
)
def test_an_unusable_question_is_refused_in_one_sentence(change, words):
    with pytest.raises(ValueError, match=words):
        predict("Where to?", **{**ASK, **change})


def test_a_quiz_is_made_of_questions():
    with pytest.raises(ValueError, match="at least one"):
        quiz([])
    with pytest.raises(ValueError, match="Question"):
        quiz(["What?"])
