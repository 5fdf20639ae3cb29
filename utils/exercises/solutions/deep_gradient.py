def deep_gradient(slopes):
    product = 1.0
    for slope in slopes:
        product *= 1 + slope
    return product
