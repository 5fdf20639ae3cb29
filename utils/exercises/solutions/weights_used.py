def weights_used(symbols, width, ids):
    return len(set(ids)) * width  # one row for each different character
