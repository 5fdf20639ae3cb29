def block_parameters(width, hidden, heads):
    attention = 4 * (width * width + width)  # queries, keys, values, output; shared by the heads
    mlp = (width * hidden + hidden) + (hidden * width + width)
    norms = 2 * (width + width)  # a gain and a shift each
    return attention + mlp + norms
