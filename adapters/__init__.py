"""The world: one folder for each outside system."""
