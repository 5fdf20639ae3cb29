def held_out_score(first, second):
    unit = max(range(len(first)), key=lambda u: abs(first[u] - 0.5))
    if first[unit] >= 0.5:
        return second[unit]
    return 1 - second[unit]  # it was chosen for being smaller inside
