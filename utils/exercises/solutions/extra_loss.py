def extra_loss(intact, ablated, inside):
    rises = {True: [], False: []}
    for before, after, here in zip(intact, ablated, inside, strict=True):
        rises[here].append(after - before)
    means = {side: sum(values) / len(values) for side, values in rises.items()}
    return means[True] - means[False]
