"""The box below HiddenUnits: the reader types or pastes a text, and the network reads it.

Only this box needs a kernel. The view above is the static one; it takes the new text over, and
gives the first one back when asked.
"""

from collections.abc import Callable
from typing import Any

import traitlets

from utils.widgets.bundle import module_for_kernel
from utils.widgets.hidden_units.widget import Live, packed_states, packed_truth, shown_text
from utils.widgets.kernel_form import KernelForm

LONGEST = 20_000  # characters of the reader's own text
TEXT = {
    "field": "Your own text",
    "button": "Read it",
    "hint": "Type or paste code, or anything else.",
    "empty": "Type or paste a text first; then press the button.",
    "long": "This text has {have:,} characters; paste at most {most:,}.",
    "back": "Back to the first text",
    "read": "The network has read {count:,} characters. They are shown above.",
    "unknown": " It does not know {which}; each is shown as �.",
    "failed": "The network could not read this text: {kind}: {error}",
    "kernel": (
        "To see what the units do on your own text, open this notebook with a kernel and run "
        "this cell."
    ),
    "live": "This view has no network. Give one: live = a function from a text to (text, states).",
}


def check_live(live: Live | None) -> Live:
    """Return ``live``; raises ValueError unless it can be called."""
    if not callable(live):
        raise ValueError(TEXT["live"])
    return live


def unknown_in(typed: str, read: str) -> list[str]:
    """Return the characters of ``typed`` that the network read as U+FFFD, each once."""
    if len(typed) != len(read):
        return []
    pairs = zip(typed, read, strict=True)
    return sorted({own for own, other in pairs if other == "\ufffd" != own and own.isprintable()})


class OwnText(KernelForm):
    """The box and its button. ``read`` does from Python what the button does.

    ``answer`` holds the text, its packed states (U, T) and truth for the view with the id
    ``target``; ``problem`` is the one sentence about a text that cannot be read, ``status`` what
    was done.
    """

    kernel_text = TEXT["kernel"]
    _esm = module_for_kernel("hidden_units")
    text = traitlets.Dict(TEXT).tag(sync=True)
    target = traitlets.Unicode("").tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    status = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    command = traitlets.Dict().tag(sync=True)

    def __init__(self, live: Callable[[str], tuple[str, Any]], units: int, target: str) -> None:
        super().__init__(target=target)
        self._live, self._units, self._count = live, units, 0
        self.observe(lambda change: self.read(change.new.get("typed", "")), "command")

    def read(self, typed: str) -> None:
        """Have the network read a text; one that cannot be read is told in ``problem``.

        What a reader can mend is told in one sentence. Any other error is told and raised too.
        """
        self.problem = self.status = ""
        try:
            self.answer = self._states_of(typed)
        except ValueError as error:
            self.problem = str(error)
            return
        except Exception as error:
            self.problem = TEXT["failed"].format(kind=type(error).__name__, error=error)
            raise
        self.status = TEXT["read"].format(count=len(self.answer["text"]))
        if which := unknown_in(typed, self.answer["text"]):
            self.status += TEXT["unknown"].format(which=" ".join(which))

    def _states_of(self, typed: str) -> dict[str, Any]:
        if not typed:
            raise ValueError(TEXT["empty"])
        if len(typed) > LONGEST:
            raise ValueError(TEXT["long"].format(have=len(typed), most=LONGEST))
        read, states, *truth = self._live(shown_text(typed))
        self._count += 1  # the same text again is an answer again
        return {
            "count": self._count,
            "text": shown_text(read),
            "states": packed_states(states, read, self._units),
            "truth": packed_truth(truth[0] if truth else None, read),
        }
