"""The real worker in a process of its own, that can be killed as hard as a power cut and started again in no time.

A fresh Python needs two seconds to import everything; a fork of one that has already needs a tenth of one. The fork
is taken from a server that does nothing else, since a process in which Temporal's threads run must not fork.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from runtime.database import wait_for_database
from runtime.settings import load_settings
from runtime.temporal import wait_for_temporal
from tests.simulate.faults import SeededFaults
from worker import build_worker

LOG = "worker.log"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Orders:
    """What a worker needs to know. `folder` is where its log and the notes of its faults lie."""

    environ: dict[str, str]
    folder: Path
    seed: str
    rate: float


class WorkerProcess:
    """The worker of one course, again and again."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._process: ForkServerProcess | None = None
        self.started = 0

    def start(self) -> None:
        """Start it; each worker of a course fails in its own way."""
        self.started += 1
        orders = replace(self._orders, seed=f"{self._orders.seed}/{self.started}")
        self._process = FORKS.Process(target=work, args=(orders,), daemon=True)
        self._process.start()

    async def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            await asyncio.to_thread(self._process.join)


def said_by_workers(folder: Path) -> list[str]:
    """Return the lines that the workers of a course have logged, oldest first."""
    log = folder / LOG
    return log.read_text(errors="replace").splitlines() if log.exists() else []


def work(orders: Orders) -> None:
    """Work until killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started us
    with (orders.folder / LOG).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    asyncio.run(_work(orders))


async def _work(orders: Orders) -> None:
    settings, parent = load_settings(orders.environ), os.getppid()
    client, pool = await wait_for_temporal(settings), await wait_for_database(settings.database_url, max_size=3)
    faults = SeededFaults(seed=orders.seed, folder=orders.folder, rate=orders.rate)
    async with build_worker(settings, client, pool, interceptors=[faults]):
        while os.getppid() == parent:
            await asyncio.sleep(1)
        os._exit(0)  # who started us is gone
