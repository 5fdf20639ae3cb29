"""The base of the forms that need Python: what a page without a kernel shows in their place.

A page that knows a form only by the number of a model waits for that model for ever. So a form is
shown twice: first as plain ``text/html``, which hides what comes after it, then as the form itself,
which takes the first away as soon as it lives.
"""

import html
import secrets
from typing import Any

import anywidget
import traitlets

LIVE_ONLY = "live_only"  # in the metadata of an output that means nothing without its kernel


class KernelForm(anywidget.AnyWidget):
    """A form that Python answers. A subclass says in ``kernel_text`` what the form would do.

    ``static_html`` may show more in its place, such as a view of what there is already.
    """

    kernel_text = ""
    static_id = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(static_id=f"dll-static-{secrets.token_hex(6)}", **traits)

    def static_html(self) -> str:
        """Return what a page without a kernel shows."""
        return f'<p style="font-size:15px">{html.escape(self.kernel_text)}</p>'

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/html": self.static_html(), "text/plain": self.kernel_text}, metadata

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, _ = self._repr_mimebundle_()
        text = data["text/plain"]
        display({"text/html": self._twin(data.pop("text/html")), "text/plain": text}, raw=True)
        display(data, raw=True, metadata={LIVE_ONLY: True})

    def _twin(self, shown: str) -> str:
        """Return the HTML that stands for the form, and hides the output after it in JupyterLab."""
        child = ".jp-OutputArea-child"
        rule = f"{child}:has(#{self.static_id}) + {child} {{ display: none }}"
        return f'<div id="{self.static_id}"><style>{rule}</style>{shown}</div>'
