import numpy as np


def pick_rate(rates, losses):
    end = np.nanargmin(losses) + 1  # after its minimum the loss only bounces, or is NaN
    slope = np.gradient(losses[:end], np.log(rates[:end]))
    return rates[np.argmin(slope)]
