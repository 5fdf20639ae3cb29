import math


def stop_after(values, patience):
    best, waited = -math.inf, 0
    for done, value in enumerate(values, start=1):
        if value > best:  # never true for NaN
            best, waited = value, 0
        else:
            waited += 1
        if waited == patience:
            return done
    return len(values)
