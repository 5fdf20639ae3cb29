import math


def state_with_image(x, h, v, wx, wh, wv, b):
    return math.tanh(x * wx + h * wh + v * wv + b)
