"""The rules of a treatment course. Pure: no clock, no randomness, no I/O."""
