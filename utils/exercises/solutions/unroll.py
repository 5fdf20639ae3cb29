def unroll(step, xs, h):
    hidden = []
    for x in xs:
        h = step(x, h)
        hidden.append(h)
    return hidden
