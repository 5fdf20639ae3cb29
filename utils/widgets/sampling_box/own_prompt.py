"""OwnPrompt: type a prompt; the model goes on with it at every temperature. Needs a kernel."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import traitlets

from utils.widgets.bundle import module_for_kernel
from utils.widgets.kernel_form import KernelForm
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


class OwnPrompt(KernelForm):
    """The form and, once there is a prompt, the SamplingBox of what the model wrote.

    ``write``: prompt -> Samples. ``known``: the characters that the model knows, or None. ``go_on``
    does from Python what the button does. ``problem`` is the one sentence about a wrong prompt.
    """

    kernel_text = TEXT["kernel"]
    _esm = module_for_kernel("sampling_box")
    text = traitlets.Dict(TEXT).tag(sync=True)
    prompt = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    command = traitlets.Dict().tag(sync=True)

    def __init__(
        self, write: Callable[[str], "Samples"], prompt: str = "", known: str | None = None
    ) -> None:
        super().__init__(prompt=prompt)
        self._write, self._known = write, known
        self.observe(lambda change: self.go_on(change.new.get("prompt", "")), "command")

    def go_on(self, prompt: str) -> None:
        """Let the model write after ``prompt``; what a reader can mend is told in ``problem``."""
        self.problem = self.note = ""
        if len(prompt) > LONGEST:
            self.problem = TEXT["long"].format(have=len(prompt), most=LONGEST)
            return
        if self._known is not None and (unknown := sorted(set(prompt) - set(self._known))):
            self.note = TEXT["unknown"].format(which=" ".join(unknown))
        try:
            self.view = SamplingBox(self._write(prompt)).html()
        except ValueError as error:
            self.problem = str(error)
