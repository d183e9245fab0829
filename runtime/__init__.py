"""What every program of Regimen needs to run: settings, logs, connections, encryption, the embedded stack.

Knows nothing of courses: it imports no other package of this project.
"""
