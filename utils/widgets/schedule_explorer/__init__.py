"""ScheduleExplorer: learning rate schedules over the training they lead to."""

from utils.widgets.schedule_explorer.widget import ScheduleExplorer

__all__ = ["ScheduleExplorer"]
