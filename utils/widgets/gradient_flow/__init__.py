"""GradientFlow: the gradient on its way back through time."""

from utils.widgets.gradient_flow.widget import GradientFlow

__all__ = ["GradientFlow"]
