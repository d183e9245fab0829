"""What the command line and the console do alike: find a course, start one, tell it something, say where it stands."""
