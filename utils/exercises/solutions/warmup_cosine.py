import math


def warmup_cosine(step, rate, warmup_steps, steps):
    if step < warmup_steps:
        return rate * (step + 1) / warmup_steps
    progress = (step - warmup_steps) / (steps - warmup_steps)
    return rate * 0.5 * (1 + math.cos(math.pi * progress))
