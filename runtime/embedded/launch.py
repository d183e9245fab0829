"""Starts one server so that it dies with us: run as a script, it gives up root if asked, ties itself, and becomes the server.

Done in a process of its own because forking with a `preexec_fn` is not safe once Temporal's threads run.

    python -I -S launch.py PARENT_PID SIGNAL UID:GID|- PROGRAM ARGUMENT ...
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent_pid: str, signal_number: str, owner: str, *command: str) -> None:
    os.umask(0o077)
    if owner != "-":
        os.chdir("/")  # the server's user may not be allowed to stand where we do
        uid, _, gid = owner.partition(":")
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After setuid, which would clear it. Elsewhere a killed stack leaves its servers to the next start.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent_pid):
        sys.exit("the stack that started this server is gone")
    os.execve(command[0], command, dict(os.environ))  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
