"""Sets the course up: its environment, Chromium, the JavaScript tools, JupyterLab.

Each module is one command that ``make`` calls. ``environment``, ``javascript`` and ``lab`` are
run as files, not with ``-m``: they need nothing of the course, so they start in milliseconds
and ``environment`` also where nothing is installed yet.
"""
