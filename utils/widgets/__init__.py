"""Live views of results: the shared kit, and the views built on it."""

from utils.widgets.bundle import BundleError, bundle
from utils.widgets.codec import decode, encode
from utils.widgets.view import View

__all__ = ["BundleError", "View", "bundle", "decode", "encode"]
