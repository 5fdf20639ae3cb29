def ring_bytes(parameters, workers, bytes_each):
    piece = parameters * bytes_each / workers
    return 2 * (workers - 1) * piece
