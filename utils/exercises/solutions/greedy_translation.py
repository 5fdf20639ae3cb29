def greedy_translation(step, state, longest):
    word, words = 1, []  # START
    for _ in range(longest):
        logits, state = step(word, state)
        word = logits.index(max(logits))
        if word == 2:  # END
            break
        words.append(word)
    return words
