"""Serves the console: `python -m console`."""

from __future__ import annotations

import os
import sys

import uvicorn

from console.app import console_app
from console.settings import load_console_settings
from office.errors import CommandFailed
from runtime.environment import SettingsError
from runtime.logs import configure_logging, forward_core_logs

BAD_INPUT = 2


def main() -> int:
    """Serve until told to stop; a wrong setting stops the start and is named."""
    try:
        settings = load_console_settings(os.environ)
    except SettingsError as problem:
        sys.stderr.write(f"regimen console: {problem}\n")
        return BAD_INPUT
    configure_logging(os.environ.get("REGIMEN_LOG_LEVEL", "INFO").upper(), safe_exceptions=(CommandFailed,))
    forward_core_logs()
    # No access log: addresses hold course ids, and who looked at what is kept in the database.
    uvicorn.run(
        console_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.proxies,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
