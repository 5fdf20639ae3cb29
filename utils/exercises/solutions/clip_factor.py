import math


def clip_factor(gradients, largest):
    norm = math.sqrt(sum(g**2 for gradient in gradients for g in gradient))
    return 1.0 if norm <= largest else largest / norm
