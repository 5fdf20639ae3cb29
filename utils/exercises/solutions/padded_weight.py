from math import exp


def padded_weight(scores, length, place):
    if place >= length:
        return 0.0
    return exp(scores[place]) / sum(exp(score) for score in scores[:length])
