"""A field for the reader's own words; Python answers with a view. Needs a kernel."""

from utils.widgets.prompt_form.form import PromptForm

__all__ = ["PromptForm"]
