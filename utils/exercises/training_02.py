"""The exercises of lecture training/02: when patience ends, what is kept, and how to keep it.

Stopping is judged on short lists of validation values. A wrong answer is compared with what each
known misconception would give on all of them. Keeping weights is judged on a small network that
goes on training after its weights were kept.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from utils.exercises.attempts import Case, Failed, answer, brief, require_function
from utils.exercises.exercise import Exercise, load_reference
from utils.exercises.numeric import NumberExercises
from utils.exercises.verdict import Difference, Verdict

TEXT = {
    "passed_stop_after": "Your run waits exactly as long as it should: a new best value starts "
    "the count again, and a NaN counts as no improvement.",
    "passed_kept_evaluation": "You keep the first best evaluation among those that were made.",
    "passed_keep_weights": "Your copy holds every parameter and every buffer, and later training "
    "does not change it.",
    "unrecognised": "The numbers are not the expected ones.",
    "compare": "Work the first input out by hand, value by value, and compare.",
    "never_resets": "The count goes on after a new best value: you count all bad evaluations of "
    "the run, not those in a row.",
    "never_resets_advice": "Set the count back to 0 at each new best value.",
    "compares_with_previous": "You compare with the value just before. A small rise far below "
    "the best then counts as an improvement.",
    "compares_with_previous_advice": "Remember the best value so far, and compare with that.",
    "no_patience": "You stop at the first bad value: that is patience 1, whatever was asked.",
    "no_patience_advice": "Count the bad values in a row, and compare the count with patience.",
    "one_late": "Each stop comes one evaluation too late.",
    "one_late_advice": "Stop when the count is equal to patience, not when it is greater.",
    "ties_count": "An equal value starts the count again in your answer. A run that is stuck on "
    "one value would never stop.",
    "ties_count_advice": "Better means greater: compare with >, not with >=.",
    "nan_is_best": "A NaN disturbs your count. Every comparison with NaN is false, so `not (value "
    "<= best)` takes a NaN for a new best value.",
    "nan_is_best_advice": "Ask `value > best`: it is false for NaN, so NaN counts as bad.",
    "returns_best": "You return the evaluation with the best value; the run goes on after it, "
    "until patience ends.",
    "returns_best_advice": "Return how many evaluations were made when the count reached patience.",
    "sees_the_future": "You keep the best of all values, also of those after the stop. A run that "
    "was stopped never made those evaluations.",
    "sees_the_future_advice": "End your loop where patience ends; do not look further.",
    "keeps_last": "You keep the weights of the stop. They come `patience` evaluations after "
    "the best ones, and did worse.",
    "keeps_last_advice": "Of the evaluations that were made, take the one with the highest value.",
    "counts_from_zero": "You count from 0; evaluations count from 1 here.",
    "counts_from_zero_advice": "Add 1 to the position in the list.",
    "stop_less_patience": "You go back `patience` evaluations from the last one. That is right "
    "only if patience ended the run.",
    "stop_less_patience_advice": "A run may reach its end while it still waits. Look for the best "
    "value itself.",
    "keeps_reference": "What you kept has changed with the network: it is the network's own "
    "memory, not a copy.",
    "keeps_reference_advice": "state_dict() lends its tensors. Copy each one: value.clone().",
    "misses_buffers": "Some numbers are missing: {names}. They are no parameters, but the network "
    "needs them (here: the running mean of a batch norm).",
    "misses_buffers_advice": "Go through model.state_dict().items(): it has parameters and "
    "buffers.",
    "no_dict": "A dictionary from name to tensor was expected, not {value}.",
    "no_dict_advice": "Return {{name: copy, ...}} with the names of model.state_dict().",
    "wrong_values": "The kept numbers are not those of the network at the moment of the call.",
    "wrong_values_advice": "Copy the values as they are, without changing them.",
    "tensor": "kept[{name!r}][0] after one more step",
    "missing": "kept[{name!r}]",
    "nothing": "missing",
    "there": "a tensor",
}

NUMBERS = NumberExercises(TEXT)
_misconception = NUMBERS.misconception


def _wrong(exercise: str, name: str, shown: Sequence[Difference], **values: Any) -> Verdict:
    message, advice = TEXT[name].format(**values), TEXT[f"{name}_advice"]
    return Verdict(exercise, "wrong", message, advice, name, tuple(shown))


NAN = math.nan
VALUES = (
    ([0.60, 0.71, 0.78, 0.77, 0.80, 0.79, 0.78, 0.76, 0.79, 0.81], 3),
    ([0.5, 0.6, 0.55, 0.7, 0.65, 0.72, 0.71, 0.70, 0.69], 2),
    ([0.9, 0.2, 0.3, 0.4, 0.5, 0.6], 3),
    ([0.4, 0.5, 0.5, 0.5, 0.5, 0.6], 2),
    ([0.3, 0.4, 0.5, 0.6, 0.7], 2),
    ([0.5, 0.8, 0.7], 2),
    ([0.5, 0.6, 0.4, 0.3, 0.7], 1),
)
WITH_NAN = (([0.5, NAN, 0.6, NAN, NAN, 0.9], 2), ([NAN, 0.5, NAN, 0.4, 0.6], 3))


def _cases(lists: Sequence[tuple[list[float], int]]) -> list[Case]:
    return [{"values": values, "patience": patience} for values, patience in lists]


# stop_after: how many evaluations are made


def _stopping(
    better: Callable[[float, float, float], bool] = lambda value, best, before: value > best,
    ends: Callable[[int, int], bool] = lambda waited, patience: waited == patience,
    resets: bool = True,
) -> Callable[[list[float], int], int]:
    """Return an answer with one part of the rule replaced: for planting misconceptions."""

    def stop_after(values, patience):
        best, before, waited = -math.inf, -math.inf, 0
        for done, value in enumerate(values, start=1):
            if better(value, best, before):
                best, waited = value, 0 if resets else waited
            else:
                waited += 1
            before = value
            if ends(waited, patience):
                return done
        return len(values)

    return stop_after


def _returns_best(values, patience):
    seen = values[: load_reference("stop_after")(values, patience)]
    known = [value if value == value else -math.inf for value in seen]
    return known.index(max(known)) + 1


STOP_AFTER_MODELS = (
    _misconception("never_resets", _stopping(resets=False)),
    _misconception(
        "compares_with_previous", _stopping(better=lambda value, best, before: value > before)
    ),
    _misconception("no_patience", _stopping(ends=lambda waited, patience: waited == 1)),
    _misconception("one_late", _stopping(ends=lambda waited, patience: waited > patience)),
    _misconception("ties_count", _stopping(better=lambda value, best, before: value >= best)),
    _misconception("nan_is_best", _stopping(better=lambda value, best, before: not value <= best)),
    _misconception("returns_best", _returns_best),
)

# kept_evaluation: which evaluation's weights are kept


def _sees_the_future(values, patience):
    return values.index(max(values)) + 1


def _keeps_last(values, patience):
    return load_reference("stop_after")(values, patience)


def _counts_from_zero(values, patience):
    return load_reference("kept_evaluation")(values, patience) - 1


def _stop_less_patience(values, patience):
    return load_reference("stop_after")(values, patience) - patience


KEPT_MODELS = (
    _misconception("sees_the_future", _sees_the_future),
    _misconception("keeps_last", _keeps_last),
    _misconception("counts_from_zero", _counts_from_zero),
    _misconception("stop_less_patience", _stop_less_patience),
)

# keep_weights: a copy that training cannot change


def _network() -> nn.Module:
    """Return a small network with parameters and buffers, all different from 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
        model(torch.randn(8, 3))
    return model


def _train_on(model: nn.Module) -> None:
    """Change every number of the network in place, as updates do."""
    with torch.no_grad():
        for value in model.state_dict().values():
            value.add_(1)


def _kept(name: str, attempt: Callable[[nn.Module], Any], model: nn.Module) -> Any:
    kept = answer(name, attempt, {}, {"model": model})
    if not isinstance(kept, Mapping):
        raise Failed(TEXT["no_dict"].format(value=brief(kept)), TEXT["no_dict_advice"].format())
    return kept


def check_keep_weights(attempt: Any) -> Verdict:
    """Judge ``keep_weights(model) -> {name: tensor}`` while the model goes on training."""
    name = "keep_weights"
    require_function(name, attempt)
    model = _network()
    before = load_reference(name)(model)
    kept = _kept(name, attempt, model)
    _train_on(model)
    if missing := [key for key in before if not isinstance(kept.get(key), Tensor)]:
        shown = [
            Difference(TEXT["missing"].format(name=key), TEXT["there"], TEXT["nothing"])
            for key in missing[:3]
        ]
        return _wrong(name, "misses_buffers", shown, names=", ".join(missing))
    shown = _changed(before, kept)
    if not shown:
        return Verdict(name, "passed", TEXT[f"passed_{name}"])
    lent = any(
        _equal(kept[key], value) and not _equal(kept[key], before[key])
        for key, value in model.state_dict().items()
    )
    return _wrong(name, "keeps_reference" if lent else "wrong_values", shown)


def _changed(before: Mapping[str, Tensor], kept: Mapping[str, Tensor]) -> list[Difference]:
    """Return the first tensors that are not what they were when they were kept."""
    wrong = [key for key, value in before.items() if not _equal(kept[key], value)]
    return [
        Difference(
            TEXT["tensor"].format(name=key), _first_number(before[key]), _first_number(kept[key])
        )
        for key in wrong[:3]
    ]


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and bool((a == b).all())


def _first_number(value: Tensor) -> str:
    return f"{value.flatten()[0].item():.3f}" if value.numel() else "[]"


KEEP_WEIGHTS_MODELS = (
    _misconception("keeps_reference", lambda model: dict(model.state_dict())),
    _misconception(
        "misses_buffers",
        lambda model: {name: p.detach().clone() for name, p in model.named_parameters()},
    ),
    _misconception(
        "wrong_values",
        lambda model: {name: value.clone().zero_() for name, value in model.state_dict().items()},
    ),
)

HINTS = {
    "stop_after": (
        "Two things must be remembered from one value to the next: the best, and a count.",
        "A new best sets the count to 0. Any other value, NaN too, adds 1 to it.",
        "Return the number of evaluations made as soon as the count equals patience; after the "
        "loop, return len(values).",
    ),
    "kept_evaluation": (
        "Which values does a run with this patience ever see?",
        "Remember the position of the best value so far. How far is the present one from it?",
        "Stop the loop when position - best position equals patience; evaluations count from 1.",
    ),
    "keep_weights": (
        "Print one weight of what you keep, train one step, and print it again.",
        "tensor.clone() is a copy with memory of its own; detach() cuts its history.",
        "Go through model.state_dict().items(), so that buffers are kept too.",
    ),
}

EXERCISES = (
    NUMBERS.exercise(
        "stop_after", _cases(VALUES + WITH_NAN), STOP_AFTER_MODELS, HINTS["stop_after"]
    ),
    NUMBERS.exercise("kept_evaluation", _cases(VALUES), KEPT_MODELS, HINTS["kept_evaluation"]),
    Exercise("keep_weights", check_keep_weights, HINTS["keep_weights"], KEEP_WEIGHTS_MODELS),
)
