import math


def causal_weight(scores, query, key):
    if key > query:
        return 0.0
    seen = [math.exp(score) for score in scores[query][: query + 1]]
    return seen[key] / sum(seen)
