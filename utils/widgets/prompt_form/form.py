"""The base of the forms that answer one line of the reader's own with a view."""

import traitlets

from utils.widgets.bundle import module_for_kernel
from utils.widgets.kernel_form import KernelForm


class PromptForm(KernelForm):
    """The form and, once there is an answer, its view.

    A subclass gives ``name``, ``text`` (field, button) and `answer`. ``go_on`` does from Python
    what the button does. ``problem`` is the one sentence about words that cannot be answered,
    ``note`` what the reader should know about the answer.
    """

    _esm = module_for_kernel("prompt_form")
    name = traitlets.Unicode("prompt_form").tag(sync=True)
    text = traitlets.Dict().tag(sync=True)
    prompt = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)
    command = traitlets.Dict().tag(sync=True)

    def __init__(self, prompt: str = "", view: str = "") -> None:
        super().__init__(prompt=prompt, view=view)
        self.observe(lambda change: self.go_on(change.new.get("prompt", "")), "command")

    def answer(self, prompt: str) -> str:
        """Return the HTML of the view; ValueError with one sentence for wrong words."""
        raise NotImplementedError

    def go_on(self, prompt: str) -> None:
        """Show the answer to ``prompt``; what a reader can mend is told in ``problem``."""
        self.problem = self.note = ""
        try:
            self.view = self.answer(prompt)
        except ValueError as error:
            self.problem = str(error)
