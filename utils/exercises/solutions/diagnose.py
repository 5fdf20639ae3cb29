diagnose = {
    "A": "too low",  # smooth, and still on its way down when the run ends
    "B": "too high",  # jumps early, then stays near a guess; its loss is still a number
    "C": "good",  # ends lowest
    "D": "explodes",  # its line leaves the plot: the loss is no number any more
}
