"""The one way in which a server we depend on is missing."""


class Unreachable(Exception):
    """A server did not answer in the time we give it. Names what was tried, never a password."""

    def __init__(self, what: str, where: str, why: str) -> None:
        super().__init__(f"{what} at {where} cannot be reached: {why}")
        self.what = what
        self.where = where
