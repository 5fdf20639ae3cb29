def previous_score(weights):
    looks = [weights[i][i - 1] for i in range(1, len(weights))]
    return sum(looks) / len(looks)
