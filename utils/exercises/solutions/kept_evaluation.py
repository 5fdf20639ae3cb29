def kept_evaluation(values, patience):
    best_at = 0
    for at, value in enumerate(values):
        if value > values[best_at]:
            best_at = at
        if at - best_at == patience:  # as many evaluations without a better value
            break
    return best_at + 1
