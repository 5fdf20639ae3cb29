def beam_best(first, second, width):
    kept = sorted(range(len(first)), key=first.__getitem__, reverse=True)[:width]
    return max(first[place] * max(second[place]) for place in kept)
