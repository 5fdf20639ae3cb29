"""OwnPrompt: type a prompt; the model goes on with it at every temperature. Needs a kernel."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import traitlets

from utils.widgets.prompt_form import PromptForm
from utils.widgets.sampling_box.widget import SamplingBox

if TYPE_CHECKING:
    from utils.training.sampling import Samples

LONGEST = 300  # characters of a prompt
TEXT = {
    "field": "Your own prompt",
    "button": "Write on",
    "long": "This prompt has {have:,} characters; type at most {most}.",
    "unknown": "The model does not know {which}; it reads each as the unknown symbol.",
    "kernel": (
        "To let the model go on with your own prompt, open this notebook with a kernel and run "
        "this cell."
    ),
}


class OwnPrompt(PromptForm):
    """The form and, once there is a prompt, the SamplingBox of what the model wrote.

    ``write``: prompt -> Samples. ``known``: the characters that the model knows, or None.
    """

    kernel_text = TEXT["kernel"]
    name = traitlets.Unicode("own_prompt").tag(sync=True)
    text = traitlets.Dict(TEXT).tag(sync=True)

    def __init__(
        self, write: Callable[[str], "Samples"], prompt: str = "", known: str | None = None
    ) -> None:
        super().__init__(prompt=prompt)
        self._write, self._known = write, known

    def answer(self, prompt: str) -> str:
        """Return the box of what the model writes after ``prompt``."""
        if len(prompt) > LONGEST:
            raise ValueError(TEXT["long"].format(have=len(prompt), most=LONGEST))
        if self._known is not None and (unknown := sorted(set(prompt) - set(self._known))):
            self.note = TEXT["unknown"].format(which=" ".join(unknown))
        return SamplingBox(self._write(prompt)).html()
