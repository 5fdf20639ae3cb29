find_the_cause = {
    "A": "rate too low",  # a straight line from the first step, still falling at the end
    "B": "wrong order",  # waves: each new class is a surprise
    "C": "needs decay",  # fell fast, then noisy at one height; validation is good
    "D": "overfitting",  # training perfect, validation far below
    "E": "wrong labels",  # the loss stays near ln C, validation is a guess
    "F": "healthy",  # falls fast, then slowly; a small gap
    "G": "rate too high",  # never falls, and gets worse
    "H": "bad start",  # stands still, then falls at full speed
}
