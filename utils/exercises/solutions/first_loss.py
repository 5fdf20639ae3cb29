import math


def first_loss(classes):
    return math.log(classes)  # the right class gets 1/classes, and -ln(1/C) = ln C
