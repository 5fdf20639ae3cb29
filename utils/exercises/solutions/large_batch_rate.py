def large_batch_rate(step, rate, factor, warmup_steps):
    if step >= warmup_steps:
        return factor * rate
    climbed = (step + 1) / warmup_steps
    return rate + (factor - 1) * rate * climbed
