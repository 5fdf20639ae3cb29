"""Measures the course's promises on this machine: ``python -m benchmarks`` or ``make bench``."""
