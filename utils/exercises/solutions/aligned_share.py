def aligned_share(weights, truth):
    rows = [(row, place) for row, place in zip(weights, truth, strict=True) if place >= 0]
    right = [list(row).index(max(row)) == place for row, place in rows]
    return sum(right) / len(right)
