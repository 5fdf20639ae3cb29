"""What can go wrong when notebooks are run and decks are made: each says one clear sentence."""


class PublishError(Exception):
    """A notebook or a deck that cannot be published as it is; the message says what to do."""


class NotebookFailure(PublishError):
    """A notebook that did not run cleanly from top to bottom."""


class DeckError(PublishError):
    """A notebook that cannot become a self-contained deck."""


class BrowserMissing(PublishError):
    """No Chromium was found on this machine, or the one that was found does not start."""
