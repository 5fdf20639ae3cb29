import math


def rate_from(low, high, u):
    exponent = math.log(low) + u * (math.log(high) - math.log(low))
    return math.exp(exponent)  # equal steps of u are equal factors of the rate
