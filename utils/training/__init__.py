"""Training: the loop, schedules, sweeps of many copies at once, the learning rate range test."""
