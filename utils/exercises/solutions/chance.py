import math


def chance(logits, place, temperature):
    powers = [math.exp(logit / temperature) for logit in logits]
    return powers[place] / sum(powers)
