"""Reference solutions, one file an exercise: the text that `solution` shows and tests run."""
