import math


def caption_score(chances):
    return sum(math.log(chance) for chance in chances)
