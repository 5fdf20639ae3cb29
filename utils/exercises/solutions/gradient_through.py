def gradient_through(w, states):
    factor = 1.0
    for h in states[1:]:  # one factor for each step from h_1 to h_T
        factor *= w * (1 - h**2)
    return factor
