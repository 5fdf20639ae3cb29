import math


def likeness(a, b):
    products = sum(x * y for x, y in zip(a, b, strict=True))
    return products / (math.hypot(*a) * math.hypot(*b))
