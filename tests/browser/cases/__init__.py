"""The views that the three-host test drives, one module a view."""
