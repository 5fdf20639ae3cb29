"""A prediction that must be answered, or skipped, before the plot appears."""

from utils.widgets.prediction.widget import predict

__all__ = ["predict"]
