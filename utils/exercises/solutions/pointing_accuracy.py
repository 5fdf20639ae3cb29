def pointing_accuracy(weights, boxes, columns, cell):
    hits = []
    for row, box in zip(weights, boxes, strict=True):
        if box is None:
            continue
        place = row.index(max(row))
        x, y = (place % columns + 0.5) * cell, (place // columns + 0.5) * cell
        left, top, right, bottom = box
        hits.append(left <= x <= right and top <= y <= bottom)
    return sum(hits) / len(hits)
