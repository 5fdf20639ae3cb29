def exact_match(answers, targets):
    right = 0
    for answer, target in zip(answers, targets, strict=True):
        end = target.index(2) + 1  # the place behind END
        right += answer[:end] == target[:end]
    return right / len(targets)
