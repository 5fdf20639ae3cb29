def peak_x(weights, columns, cell):
    place = weights.index(max(weights))
    return (place % columns + 0.5) * cell
