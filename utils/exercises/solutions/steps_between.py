def steps_between(source_place, target_place, words, reverse):
    read_at = words + 1 - source_place if reverse else source_place
    return words - read_at + target_place
