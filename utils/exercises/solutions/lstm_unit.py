import math


def lstm_unit(i, f, g, o, c):
    def sigmoid(value):
        return 1 / (1 + math.exp(-value))

    c = sigmoid(f) * c + sigmoid(i) * math.tanh(g)
    return sigmoid(o) * math.tanh(c)
