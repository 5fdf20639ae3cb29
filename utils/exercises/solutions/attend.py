import math


def attend(query, keys, values):
    scores = [
        sum(a * b for a, b in zip(query, key, strict=True)) / math.sqrt(len(query)) for key in keys
    ]
    powers = [math.exp(score) for score in scores]
    return sum(p * value for p, value in zip(powers, values, strict=True)) / sum(powers)
