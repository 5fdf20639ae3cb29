what_to_train = {
    "A": "new classifier",  # little data, similar: the features fit, so change nothing below
    "B": "earlier features",  # little data, different: the last blocks know other things
    "C": "tune some blocks",  # much data, similar: a small step from where the network is
    "D": "tune many blocks",  # much data, different: more has to change, and the data allows it
}
