import numpy as np


def pick_rate(rates, smoothed):
    seen = np.isfinite(smoothed)
    slope = np.gradient(smoothed[seen], np.log(rates[seen]))
    return rates[seen][np.argmin(slope)]
