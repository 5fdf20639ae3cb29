"""The exercises of lecture training/01: two schedules, a rate from a range test, four curves.

A wrong answer is compared with what each known misconception would give; if one gives the same
numbers everywhere, it is named. Some misconceptions show as a property instead (a rate below 0).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from utils.exercises.attempts import (
    Case,
    Difference,
    Failed,
    NotTried,
    all_close,
    brief,
    close,
    differences,
    require_function,
    run,
    run_all,
    short,
)
from utils.exercises.exercise import Exercise, Misconception, load_reference
from utils.exercises.verdict import Verdict

TEXT = {
    "passed_step_decay": "Your rate falls at each milestone, at the right step, by the right "
    "factor. Asking twice gives the same answer: your schedule has no memory.",
    "passed_warmup_cosine": "Your rate climbs to its peak without a wasted step, then falls along "
    "half a cosine over exactly the steps that remain.",
    "passed_pick_rate": "You pick the rate at which the loss falls fastest against the log of "
    "the rate, and a run that diverged does not disturb you.",
    "passed_diagnose": "All four curves are read right: {answer}.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, term by term, and compare.",
    "edge_step_decay": "All runs with milestones are right, but not a run without any.",
    "edge_warmup_cosine": "All runs with a warm-up are right, but not a run without one.",
    "edge_advice": "With nothing to wait for, the rest of the formula should still hold.",
    "keeps_state": "The answer to the same question changes: your function remembers earlier "
    "calls (it changes a variable that outlives the call).",
    "keeps_state_advice": "Compute the rate from the arguments alone. A schedule is looked at "
    "before training, and a schedule with a memory would then be spent.",
    "decays_once": "Only one milestone lowers the rate; the later ones change nothing.",
    "decays_once_advice": "Count all the milestones that are passed, and use the count as the "
    "exponent of the factor.",
    "one_step_late": "Each decay comes one step too late.",
    "one_step_late_advice": "At the milestone itself the lower rate already holds: compare with "
    ">=, not with >.",
    "one_step_early": "Each decay comes one step too early.",
    "one_step_early_advice": "Steps count from 0. Compare the step itself with the milestone, "
    "without adding 1.",
    "divides": "The rate grows at the milestones: you divide by the factor.",
    "divides_advice": "A factor below 1 is what is left of the rate. Multiply by it.",
    "subtracts": "You subtract the factor from the rate; decay is a product.",
    "subtracts_advice": "Multiply the rate by the factor, once for each milestone passed.",
    "multiplies_by_count": "You multiply the factor by the number of milestones.",
    "multiplies_by_count_advice": "Two decays are factor * factor: the count is an exponent.",
    "lowers_by_factor": "You lower the rate by the factor, not to the factor: 0.1 should leave "
    "a tenth, and yours takes a tenth away.",
    "lowers_by_factor_advice": "Multiply by factor, not by 1 - factor.",
    "steps_since_milestone": "The rate keeps falling between the milestones: you count steps "
    "since the last milestone.",
    "steps_since_milestone_advice": "Between two milestones nothing changes. Count milestones "
    "passed, not steps.",
    "cosine_over_whole_run": "The cosine is measured over the whole run, so the rate jumps down "
    "when the warm-up ends.",
    "cosine_over_whole_run_advice": "Let progress go from 0 at the end of the warm-up to 1 at the "
    "end: (step - warmup_steps) / (steps - warmup_steps).",
    "wasted_first_step": "The first update has rate 0: it costs a step and learns nothing.",
    "wasted_first_step_advice": "Steps count from 0. Use (step + 1) / warmup_steps, so that the "
    "last step of the warm-up has the full rate.",
    "goes_negative": "The rate goes below 0: from there on, training climbs up the loss.",
    "goes_negative_advice": "The cosine itself runs from 1 to -1. Shift and halve it: "
    "0.5 * (1 + cos(...)) runs from 1 to 0.",
    "degrees": "The angle is in degrees, but cos expects radians.",
    "degrees_advice": "Half a turn is pi, not 180: cos(pi * progress).",
    "full_cosine": "The rate falls and then rises again: you use a whole turn of the cosine.",
    "full_cosine_advice": "Half a turn is enough: the angle goes from 0 to pi, not to 2 * pi.",
    "no_warmup": "There is no warm-up: the first step has the full rate already.",
    "no_warmup_advice": "While step < warmup_steps, return rate * (step + 1) / warmup_steps.",
    "not_halved": "At its highest, your rate is twice the peak that was asked for.",
    "not_halved_advice": "1 + cos(...) starts at 2. Halve it.",
    "never_peaks": "The rate never reaches its peak: the highest is {highest}, not {rate}.",
    "never_peaks_advice": "The warm-up divides by warmup_steps alone, and the cosine starts only "
    "when the warm-up has ended; do not multiply one by the other.",
    "lowest_loss": "You pick the rate with the lowest loss. That is the edge: the loss stops "
    "falling there because the steps are getting too large.",
    "lowest_loss_advice": "Look earlier, where the loss falls fastest: at the most negative slope.",
    "slope_against_rate": "You take the slope against the rate. The rates are spread over powers "
    "of ten, so the smallest rates, close together, look steepest.",
    "slope_against_rate_advice": "Take the slope against log(rates), as the plot shows it.",
    "steepest_rise": "You pick where the loss changes most, and that is where it rises.",
    "steepest_rise_advice": "Falling is a negative slope: take argmin of the slope, without abs.",
    "diverged_nan": "Right, until a run diverges. Then the loss ends in NaN; argmin takes a NaN "
    "for the smallest value, and any comparison with NaN is false.",
    "diverged_nan_advice": "Keep only the entries where np.isfinite(losses) holds, in both "
    "arrays, before you take the slope.",
    "returns_index": "You return the position in the array, not the rate at that position.",
    "returns_index_advice": "Use the position to look the rate up: rates[position].",
    "tenth_of_lowest": "You take a tenth of the rate with the lowest loss. People do that, but "
    "here the question is where the loss falls fastest.",
    "tenth_of_lowest_advice": "Compute the slope of losses against log(rates), and take the "
    "rate at its most negative value.",
    "first_time": "{value} (first time)",
    "asked_again": "{value} (asked again)",
    "evidence": "curve {label}",
    "label_missing": "There is no answer for {labels} yet.",
    "label_advice": "Give one of {words} for each of {labels}.",
    "word": "{label}: {value} is not one of the four answers.",
    "no_dict": "The answer should be a dictionary, not {value}.",
    "no_dict_advice": 'Write it like this: {"A": "good", "B": "too low", ...}.',
    "swapped": "Too low and too high are mixed up.",
    "swapped_advice": "Both end above the good curve. Too low: a smooth line, still on its way "
    "down. Too high: it drops or jumps early, then stays noisy and flat.",
    "noisy_or_exploded": "A rate that is too high and a run that explodes are mixed up.",
    "noisy_or_exploded_advice": "An exploded run has no finite loss any more; its line stops. "
    "A rate that is only too high gives a noisy line that goes on to the end.",
    "slow_or_good": "A curve that still falls at the end is taken for a good one, or the reverse.",
    "slow_or_good_advice": "Falling steadily is not enough: compare where the curves end. With "
    "this number of steps, the good rate is the one that gets lowest.",
    "fast_start_or_good": "A rate that is too high is taken for a good one, or the reverse.",
    "fast_start_or_good_advice": "Do not judge by the first steps. A rate that is too high may "
    "start fast, and then its steps jump over the valley. Compare the ends.",
    "explosion_unseen": "A run that exploded is taken for one that works, or the reverse.",
    "explosion_unseen_advice": "Follow each line to the last step. If it leaves the plot or stops "
    "early, its loss is not finite any more.",
}


def _misconception(name: str, example: Any) -> Misconception:
    return Misconception(name, TEXT[name], TEXT[f"{name}_advice"], example)


def _wrong(exercise: str, name: str, shown: Sequence[Difference] = (), **values: Any) -> Verdict:
    message, advice = TEXT[name].format(**values), TEXT[f"{name}_advice"]
    return Verdict(exercise, "wrong", message, advice, name, tuple(shown))


def _passed(exercise: str, **values: Any) -> Verdict:
    return Verdict(exercise, "passed", TEXT[f"passed_{exercise}"].format(**values))


def _named(
    exercise: str,
    given: Sequence[float],
    cases: Sequence[Case],
    models: Sequence[Misconception],
    same: Callable[[Sequence[float], Sequence[float]], bool] = all_close,
) -> str | None:
    """Return the first misconception that gives the same numbers on every case."""
    for model in models:
        if same(run_all(exercise, model.example, cases), given):
            return model.name
    return None


def _remembers(exercise: str, attempt: Callable[..., Any], cases: Sequence[Case]) -> Verdict | None:
    """Ask everything forwards, backwards, and each thing twice; the answers must not change."""
    asked = [*cases, *reversed(cases), *(case for case in cases for _ in range(2))]
    given = run_all(exercise, attempt, asked)
    again = {id(case): value for case, value in zip(cases, given, strict=False)}
    expected = [again[id(case)] for case in asked]
    if all(close(a, b) or a != a for a, b in zip(expected, given, strict=True)):
        return None
    shown = [
        replace(
            difference,
            expected=TEXT["first_time"].format(value=difference.expected),
            given=TEXT["asked_again"].format(value=difference.given),
        )
        for difference in differences(exercise, asked, expected, given, 2)
    ]
    return _wrong(exercise, "keeps_state", shown)


def _unrecognised(exercise: str, shown: Sequence[Difference]) -> Verdict:
    return Verdict(exercise, "wrong", TEXT["unrecognised"], TEXT["compare"], None, tuple(shown))


def _edge(exercise: str, attempt: Callable[..., Any], case: Case) -> Verdict | None:
    """Judge the one input with nothing to wait for; None if it is right."""
    expected = [run(exercise, load_reference(exercise), case)]
    message = TEXT[f"edge_{exercise}"]
    try:
        given = [run(exercise, attempt, case)]
    except Failed as failed:
        advice = f"{failed.message} {TEXT['edge_advice']}"
        return Verdict(exercise, "wrong", message, advice, "no_edge_case")
    shown = differences(exercise, [case], expected, given)
    if not shown:
        return None
    return Verdict(exercise, "wrong", message, TEXT["edge_advice"], "no_edge_case", shown)


# step_decay: rate * factor ** (number of milestones passed)


def _decay_cases() -> list[Case]:
    runs = ((0.8, (4, 8, 10), 0.3, 13), (0.1, (5, 7), 0.1, 9))
    return [
        {"step": step, "rate": rate, "milestones": milestones, "factor": factor}
        for rate, milestones, factor, steps in runs
        for step in range(steps)
    ]


def _decays_once(step, rate, milestones, factor):
    return rate * factor if step >= milestones[0] else rate


def _one_step_late(step, rate, milestones, factor):
    return rate * factor ** sum(step > m for m in milestones)


def _one_step_early(step, rate, milestones, factor):
    return rate * factor ** sum(step + 1 >= m for m in milestones)


def _divides(step, rate, milestones, factor):
    return rate / factor ** sum(step >= m for m in milestones)


def _subtracts(step, rate, milestones, factor):
    return rate - factor * sum(step >= m for m in milestones)


def _multiplies_by_count(step, rate, milestones, factor):
    passed = sum(step >= m for m in milestones)
    return rate * factor * passed if passed else rate


def _lowers_by_factor(step, rate, milestones, factor):
    return rate * (1 - factor) ** sum(step >= m for m in milestones)


def _steps_since_milestone(step, rate, milestones, factor):
    passed = [m for m in milestones if step >= m]
    return rate * factor ** (step - passed[-1]) if passed else rate


class KeepsState:
    """A planted answer that lowers a rate which it keeps from call to call."""

    def __init__(self) -> None:
        self.rate: float | None = None

    def __call__(self, step, rate, milestones, factor):
        self.rate = rate if self.rate is None else self.rate
        if step in milestones:
            self.rate *= factor
        return self.rate


STEP_DECAY_MODELS = (
    _misconception("decays_once", _decays_once),
    _misconception("one_step_late", _one_step_late),
    _misconception("one_step_early", _one_step_early),
    _misconception("divides", _divides),
    _misconception("subtracts", _subtracts),
    _misconception("multiplies_by_count", _multiplies_by_count),
    _misconception("lowers_by_factor", _lowers_by_factor),
    _misconception("steps_since_milestone", _steps_since_milestone),
)


def _varies_between_milestones(cases: Sequence[Case], given: Sequence[float]) -> bool:
    """Say whether the rate changes twice or more inside one plateau (once: an off-by-one)."""
    changes: dict[tuple, int] = {}
    for (before, a), (case, b) in pairwise(zip(cases, given, strict=True)):
        milestones, step = case["milestones"], case["step"]
        if step and before["milestones"] == milestones and step not in milestones:
            plateau = (milestones, sum(step >= m for m in milestones))
            changes[plateau] = changes.get(plateau, 0) + (not close(a, b))
    return any(count > 1 for count in changes.values())


def check_step_decay(attempt: Any) -> Verdict:
    """Judge ``step_decay(step, rate, milestones, factor) -> rate``; milestones are steps."""
    name = "step_decay"
    require_function(name, attempt)
    cases = _decay_cases()
    if verdict := _remembers(name, attempt, cases):
        return verdict
    given = run_all(name, attempt, cases)
    expected = run_all(name, load_reference(name), cases)
    if not (shown := differences(name, cases, expected, given)):
        edge = {"step": 3, "rate": 0.5, "milestones": (), "factor": 0.1}
        return _edge(name, attempt, edge) or _passed(name)
    if found := _named(name, given, cases, STEP_DECAY_MODELS):
        return _wrong(name, found, shown)
    if _varies_between_milestones(cases, given):
        return _wrong(name, "steps_since_milestone", shown)
    return _unrecognised(name, shown)


# warmup_cosine: a straight line up, half a cosine down


def _warmup_cases() -> list[Case]:
    runs = ((0.4, 5, 25), (1.0, 3, 12))
    return [
        {"step": step, "rate": rate, "warmup_steps": warmup, "steps": steps}
        for rate, warmup, steps in runs
        for step in range(steps)
    ]


def _progress(step, warmup_steps, steps):
    return (step - warmup_steps) / (steps - warmup_steps)


def _after_warmup(fall: Callable[[float], float]) -> Callable[..., float]:
    """Return the right warm-up followed by ``fall(progress)`` as share of the rate."""

    def schedule(step, rate, warmup_steps, steps):
        if step < warmup_steps:
            return rate * (step + 1) / warmup_steps
        return rate * fall(_progress(step, warmup_steps, steps))

    return schedule


def _cosine_over_whole_run(step, rate, warmup_steps, steps):
    if step < warmup_steps:
        return rate * (step + 1) / warmup_steps
    return rate * 0.5 * (1 + math.cos(math.pi * step / steps))


def _wasted_first_step(step, rate, warmup_steps, steps):
    if step < warmup_steps:
        return rate * step / warmup_steps
    return rate * 0.5 * (1 + math.cos(math.pi * _progress(step, warmup_steps, steps)))


def _no_warmup(step, rate, warmup_steps, steps):
    return rate * 0.5 * (1 + math.cos(math.pi * step / steps))


def _late_fall_without_warmup(step, rate, warmup_steps, steps):
    progress = max(0.0, _progress(step, warmup_steps, steps))
    return rate * 0.5 * (1 + math.cos(math.pi * progress))


def _never_peaks(step, rate, warmup_steps, steps):
    warmup = min(1.0, (step + 1) / warmup_steps)
    return rate * warmup * 0.5 * (1 + math.cos(math.pi * step / steps))


WARMUP_COSINE_MODELS = (
    _misconception("cosine_over_whole_run", _cosine_over_whole_run),
    _misconception("wasted_first_step", _wasted_first_step),
    _misconception("no_warmup", _no_warmup),
    _misconception("no_warmup", _late_fall_without_warmup),
    _misconception("degrees", _after_warmup(lambda p: 0.5 * (1 + math.cos(180 * p)))),
    _misconception("full_cosine", _after_warmup(lambda p: 0.5 * (1 + math.cos(2 * math.pi * p)))),
    _misconception("not_halved", _after_warmup(lambda p: 1 + math.cos(math.pi * p))),
    _misconception("goes_negative", _after_warmup(lambda p: math.cos(math.pi * p))),
    _misconception("never_peaks", _never_peaks),
)


def _shape_of_rates(cases: Sequence[Case], given: Sequence[float]) -> tuple[str, dict] | None:
    """Name a misconception that shows in any answer of its kind: below 0, wasted, or no peak."""
    if min(given) < -1e-9:
        return "goes_negative", {}
    if close(given[0], 0.0):
        return "wasted_first_step", {}
    rate = cases[0]["rate"]
    highest = max(v for case, v in zip(cases, given, strict=True) if case["rate"] == rate)
    if highest < rate * (1 - 1e-6):
        return "never_peaks", {"highest": short(highest), "rate": short(rate)}
    return None


def check_warmup_cosine(attempt: Any) -> Verdict:
    """Judge ``warmup_cosine(step, rate, warmup_steps, steps) -> rate``."""
    name = "warmup_cosine"
    require_function(name, attempt)
    cases = _warmup_cases()
    if verdict := _remembers(name, attempt, cases):
        return verdict
    given = run_all(name, attempt, cases)
    expected = run_all(name, load_reference(name), cases)
    if not (shown := differences(name, cases, expected, given)):
        edge = {"step": 3, "rate": 0.5, "warmup_steps": 0, "steps": 12}
        return _edge(name, attempt, edge) or _passed(name)
    found = _named(name, given, cases, WARMUP_COSINE_MODELS[:-1])
    seen = (found, {}) if found else _shape_of_rates(cases, given)
    return _wrong(name, seen[0], shown, **seen[1]) if seen else _unrecognised(name, shown)


# pick_rate: where the smoothed loss falls fastest against log rate


def _range_test(middle: float, turn: float, gone: int | None = None) -> Case:
    """Return a made-up range test: the loss falls around ``middle``, rises after ``turn``.

    From position ``gone`` on, the run has diverged and its losses are NaN.
    """
    rates = np.geomspace(1e-5, 10, 121)
    fall = 2.3 - 2.0 / (1 + np.exp(-2.5 * np.log(rates / middle)))
    smoothed = fall + 3.0 * np.clip(np.log(rates / turn), 0, None) ** 2
    if gone is not None:
        smoothed[gone:] = np.nan
    return {"rates": rates, "losses": smoothed}


def _range_cases() -> tuple[list[Case], list[Case]]:
    """Return range tests that stay finite, and one that diverges."""
    finite = [_range_test(3e-2, 0.8), _range_test(3e-3, 0.2)]
    return finite, [_range_test(1e-2, 0.5, gone=105)]


def _lowest_loss(rates, losses):
    return rates[np.nanargmin(losses)]


def _slope_against_rate(rates, losses):
    return rates[np.nanargmin(np.gradient(losses, rates))]


def _steepest_rise(rates, losses):
    return rates[np.nanargmax(np.abs(np.gradient(losses, np.log(rates))))]


def _returns_index(rates, losses):
    return np.nanargmin(np.gradient(losses, np.log(rates)))


def _tenth_of_lowest(rates, losses):
    return rates[np.nanargmin(losses)] / 10


def _diverged_nan(rates, losses):
    return rates[np.argmin(np.gradient(losses, np.log(rates)))]


PICK_RATE_MODELS = (
    _misconception("lowest_loss", _lowest_loss),
    _misconception("slope_against_rate", _slope_against_rate),
    _misconception("steepest_rise", _steepest_rise),
    _misconception("returns_index", _returns_index),
    _misconception("tenth_of_lowest", _tenth_of_lowest),
)
NEIGHBOURS = 2.5  # grid steps by which np.diff and np.gradient may place the slope differently
GRID_STEP = math.log(10 / 1e-5) / 120


def _same_rate(a: float, b: float) -> bool:
    """Say whether two rates are at most two grid steps apart; NaN is no rate."""
    return a > 0 and b > 0 and abs(math.log(a) - math.log(b)) < NEIGHBOURS * GRID_STEP


def _same_rates(first: Sequence[float], second: Sequence[float]) -> bool:
    return all(_same_rate(a, b) for a, b in zip(first, second, strict=True))


def check_pick_rate(attempt: Any) -> Verdict:
    """Judge ``pick_rate(rates, losses) -> rate``: steepest fall of the loss against log rate."""
    name = "pick_rate"
    require_function(name, attempt)
    finite, diverging = _range_cases()
    given = run_all(name, attempt, finite)
    expected = run_all(name, load_reference(name), finite)
    if not _same_rates(expected, given):
        shown = differences(name, finite, expected, given)
        found = _named(name, given, finite, PICK_RATE_MODELS, _same_rates)
        return _wrong(name, found, shown) if found else _unrecognised(name, shown)
    return _check_diverging(name, attempt, diverging)


def _check_diverging(name: str, attempt: Callable[..., Any], cases: list[Case]) -> Verdict:
    """Judge the range test whose loss ends in NaN; any wrong answer here is about the NaN."""
    expected = run_all(name, load_reference(name), cases)
    try:
        given = run_all(name, attempt, cases)
    except Failed as failed:
        advice = f"{failed.message} {TEXT['diverged_nan_advice']}"
        return Verdict(name, "wrong", TEXT["diverged_nan"], advice, "diverged_nan")
    if _same_rates(expected, given):
        return _passed(name)
    return _wrong(name, "diverged_nan", differences(name, cases, expected, given))


# diagnose: four curves of the notebook, one word each

WORDS = ("explodes", "too high", "good", "too low")
CONFUSIONS = {
    frozenset({"too low", "too high"}): "swapped",
    frozenset({"explodes", "too high"}): "noisy_or_exploded",
    frozenset({"too low", "good"}): "slow_or_good",
    frozenset({"too high", "good"}): "fast_start_or_good",
    frozenset({"explodes", "good"}): "explosion_unseen",
    frozenset({"explodes", "too low"}): "explosion_unseen",
}


def _read_answer(attempt: Any, labels: Sequence[str]) -> dict[str, str]:
    """Return the answer with its words in our spelling; raises NotTried and Failed."""
    if attempt is None or attempt is ...:
        raise NotTried(_label_advice(labels))
    if not isinstance(attempt, Mapping):
        raise Failed(TEXT["no_dict"].format(value=brief(attempt)), TEXT["no_dict_advice"])
    answer = {str(key).strip().upper(): value for key, value in attempt.items()}
    missing = [label for label in labels if answer.get(label) in (None, ..., "")]
    if len(missing) == len(labels):
        raise NotTried(_label_advice(labels))
    if missing:
        words = TEXT["label_missing"].format(labels=", ".join(missing))
        raise NotTried(f"{words} {_label_advice(labels)}")
    return {label: _word(label, answer[label], labels) for label in labels}


def _word(label: str, value: Any, labels: Sequence[str]) -> str:
    word = " ".join(str(value).replace("_", " ").replace("-", " ").lower().split())
    if word not in WORDS:
        message = TEXT["word"].format(label=label, value=brief(value))
        raise Failed(message, _label_advice(labels))
    return word


def _label_advice(labels: Sequence[str]) -> str:
    words = ", ".join(f'"{word}"' for word in WORDS)
    return TEXT["label_advice"].format(words=words, labels=", ".join(labels))


def check_diagnose(attempt: Any) -> Verdict:
    """Judge ``{"A": "too low", ...}``: which kind of learning rate each of four curves had."""
    name = "diagnose"
    truth = load_reference(name)
    answer = _read_answer(attempt, list(truth))
    wrong = [label for label in truth if answer[label] != truth[label]]
    if not wrong:
        words = ", ".join(f"{label} {word}" for label, word in truth.items())
        return _passed(name, answer=words)
    found = CONFUSIONS[frozenset({truth[wrong[0]], answer[wrong[0]]})]
    shown = [  # the right word is not given away
        Difference(TEXT["evidence"].format(label=label), "", answer[label]) for label in wrong
    ]
    return _wrong(name, found, shown)


def _swap(first: str, second: str) -> dict[str, str]:
    """Return the right answer with two words exchanged."""
    other = {first: second, second: first}
    return {label: other.get(word, word) for label, word in load_reference("diagnose").items()}


DIAGNOSE_CONFUSIONS = tuple(
    _misconception(found, _swap(*pair))
    for found, pair in {
        "swapped": ("too low", "too high"),
        "noisy_or_exploded": ("explodes", "too high"),
        "slow_or_good": ("too low", "good"),
        "fast_start_or_good": ("too high", "good"),
        "explosion_unseen": ("explodes", "good"),
    }.items()
)

HINTS = {
    "step_decay": (
        "How many milestones are passed at step 7, if they are (4, 8, 10)? At step 8? At step 12?",
        "Each milestone that is passed multiplies the rate by the factor once more.",
        "True counts as 1: sum(step >= milestone for milestone in milestones) is the exponent.",
    ),
    "warmup_cosine": (
        "Treat the two parts apart: an if for the steps of the warm-up, then the cosine.",
        "The warm-up has the rates 1/W, 2/W, ..., W/W of the peak. Steps count from 0.",
        "Let progress run from 0 to 1 over the steps after the warm-up, and give "
        "0.5 * (1 + cos(pi * progress)) of the peak.",
    ),
    "pick_rate": (
        "Look at a plot of the loss against the rate, on a log axis. Where is it steepest?",
        "np.gradient(y, x) is the slope of y against x. What is x on a log axis?",
        "Drop what is not finite, take argmin of the slope, and look the rate up there.",
    ),
    "diagnose": (
        "First find the curve that stops early: its loss is not finite any more.",
        "Of the others, compare the last steps. The good rate ends lowest.",
        "The last two end higher. One is smooth and still falls; one is noisy and stays flat.",
    ),
}

EXERCISES = (
    Exercise(
        "step_decay",
        check_step_decay,
        HINTS["step_decay"],
        (*STEP_DECAY_MODELS, _misconception("keeps_state", KeepsState)),
    ),
    Exercise("warmup_cosine", check_warmup_cosine, HINTS["warmup_cosine"], WARMUP_COSINE_MODELS),
    Exercise(
        "pick_rate",
        check_pick_rate,
        HINTS["pick_rate"],
        (*PICK_RATE_MODELS, _misconception("diverged_nan", _diverged_nan)),
    ),
    Exercise("diagnose", check_diagnose, HINTS["diagnose"], DIAGNOSE_CONFUSIONS),
)
