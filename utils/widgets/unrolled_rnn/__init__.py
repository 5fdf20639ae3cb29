"""UnrolledRNN: a recurrent network, step by step through time, with one shared set of weights."""

from utils.widgets.unrolled_rnn.widget import UnrolledRNN

__all__ = ["UnrolledRNN"]
