def pooled(states, length, index):
    return sum(row[index] for row in states[:length]) / length
