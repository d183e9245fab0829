"""The command line for operations staff: `python starter.py --help`."""

from __future__ import annotations

import os
import sys

from cli.main import main

if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed and said. Python's own way out can be cut off by a thread of Temporal's core that is still
    # letting go ("PyGILState_Release", seen once in some hundred commands), and a done command must not say it failed.
    os._exit(status)
