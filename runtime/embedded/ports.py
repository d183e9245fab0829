"""Ports on loopback: the usual one when it is free, else any."""

import socket

LOOPBACK = "127.0.0.1"


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
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
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
