import math


def snapshot_rate(step, peak, cycle):
    share = (step % cycle) / cycle
    return 0.5 * peak * (1 + math.cos(math.pi * share))
