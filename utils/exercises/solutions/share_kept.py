import math


def share_kept(bias, steps):
    forget = 1 / (1 + math.exp(-bias))
    return forget**steps
