def combine_gradients(gradients, shares):
    sums = [g * share for g, share in zip(gradients, shares, strict=True)]
    return sum(sums) / sum(shares)
