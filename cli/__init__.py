"""The commands behind starter.py, and those that run the embedded stack."""
