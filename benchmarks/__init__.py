"""Regimen beside the floor that Temporal itself sets, on one machine in one run, as ratios."""
