def normalised(batch, place, index):
    row = batch[place]
    mean = sum(row) / len(row)
    variance = sum((value - mean) ** 2 for value in row) / len(row)
    return (row[index] - mean) / variance**0.5
