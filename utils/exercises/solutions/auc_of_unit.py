def auc_of_unit(inside, outside):
    points = 0.0
    for value in inside:
        for other in outside:
            if value > other:
                points += 1
            elif value == other:
                points += 0.5
    return points / (len(inside) * len(outside))
