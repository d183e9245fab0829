"""The course: waits, orders work, remembers."""
