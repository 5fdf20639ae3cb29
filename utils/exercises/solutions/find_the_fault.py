find_the_fault = {"A": "transposed", "B": "after softmax", "C": "inverted", "D": "right"}
