import math


def bias_that_keeps(share, steps):
    forget = share ** (1 / steps)  # one gate; steps of them multiply to the share
    return math.log(forget / (1 - forget))
