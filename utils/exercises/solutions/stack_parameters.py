def stack_parameters(D, H, layers):
    total = 0
    for layer in range(layers):
        inputs = H if layer else D
        total += 4 * H * (inputs + H + 2)
    return total
