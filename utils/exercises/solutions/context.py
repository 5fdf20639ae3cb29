from math import exp


def context(scores, states):
    parts = [exp(score) for score in scores]
    weights = [part / sum(parts) for part in parts]
    return sum(weight * state for weight, state in zip(weights, states, strict=True))
