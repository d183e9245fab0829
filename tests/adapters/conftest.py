from __future__ import annotations

from tests.readmodel.conftest import pool, server

__all__ = ["pool", "server"]
