def ensemble_answer(logits):
    probabilities = logits.softmax(-1)  # (members, classes), rows sum to 1
    return probabilities.mean(0).argmax()
