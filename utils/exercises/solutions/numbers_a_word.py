def numbers_a_word(cell, hidden, words):
    handed_over = 2 * hidden if cell == "lstm" else hidden
    return handed_over / words
