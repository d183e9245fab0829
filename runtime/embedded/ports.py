"""Ports on loopback: the usual one when it is free, else any."""

import secrets
import socket

LOOPBACK = "127.0.0.1"
FIRST, LAST = 20_000, 32_000
"""Below the range from which the system numbers connections, so that none takes the port before its server does."""


def port_in_use(port: int) -> bool:
    with socket.socket() as probe:
        # What lingers in TIME_WAIT after a stop is no obstacle to the servers either.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def any_free_port() -> int:
    """Return a port that nobody listens on."""
    while port_in_use(port := FIRST + secrets.randbelow(LAST - FIRST)):
        pass
    return port


class Ports:
    """Gives each server a port and remembers why it is not the usual one."""

    def __init__(self, *, usual: bool) -> None:
        self._usual = usual
        self._given: set[int] = set()

    def take(self, usual: int) -> tuple[int, str]:
        """Return a port and how to say so: `port 7233`, or `port 40123 (7233 is taken)`."""
        if self._usual and usual not in self._given and not port_in_use(usual):
            self._given.add(usual)
            return usual, f"port {usual}"
        port = any_free_port()
        while port in self._given:
            port = any_free_port()
        self._given.add(port)
        return port, f"port {port} ({usual} is taken)" if self._usual else f"port {port}"
