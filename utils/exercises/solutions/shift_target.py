def shift_target(words):
    start, end = 1, 2
    return [start, *words], [*words, end]
