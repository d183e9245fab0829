"""Why an embedded stack does not start."""

from pathlib import Path

from runtime.running_stack import RunningStack


class StackError(Exception):
    """The embedded stack cannot start or go on. Says what was tried and where the log is."""


class AlreadyRunning(StackError):
    """Another process runs the stack of this state folder."""

    def __init__(self, state: Path, running: RunningStack | None) -> None:
        who = (
            f"process {running.stack_pid} since {running.started_at}" if running else "a process that is still starting"
        )
        super().__init__(f"the embedded stack of {state} is already running: {who}")
        self.running = running
