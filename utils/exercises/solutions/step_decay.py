def step_decay(step, rate, milestones, factor):
    passed = sum(step >= milestone for milestone in milestones)
    return rate * factor**passed
