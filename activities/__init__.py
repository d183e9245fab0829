"""The ports: what Regimen asks of the world. Records, protocols and activity classes; no I/O library."""
