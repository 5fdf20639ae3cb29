import numpy as np


def nearest_class(query, features, labels):
    lengths = np.linalg.norm(features, axis=1)
    cosine = features @ query / lengths  # the query's own length changes no order
    return labels[np.argmax(cosine)]
