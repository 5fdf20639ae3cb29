def count_parameters(inputs, hidden, steps):
    return inputs * hidden + hidden * hidden + hidden
