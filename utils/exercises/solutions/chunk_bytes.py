def chunk_bytes(chunk, streams, width, hidden, symbols):
    numbers = width + 2 * hidden + symbols  # of one time step of one stream
    return 4 * chunk * streams * numbers
