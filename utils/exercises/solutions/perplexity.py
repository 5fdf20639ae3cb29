import math


def perplexity(losses):
    return math.exp(sum(losses) / len(losses))
