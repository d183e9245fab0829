"""The secrets of an embedded stack: made at the first start, readable by their owner only."""

from __future__ import annotations

import secrets
from pathlib import Path

from runtime.embedded.errors import StackError
from runtime.payloads import KeyRing
from runtime.running_stack import KEYS_FILE, write_private

CODEC_SECRET_FILE = "codec.secret"  # noqa: S105 - a file's name
DATABASE_PASSWORD_FILE = "database.password"  # noqa: S105 - a file's name
STATE_ID_FILE = "state.id"


def ensure_payload_keys(state: Path, *, temporal_file: Path) -> KeyRing:
    """Return the stack's key ring, made at the first start.

    Raises `StackError` when courses exist but their keys don't: a new key could not read them.
    """
    path = state / KEYS_FILE
    if not path.exists():
        if temporal_file.exists():
            raise StackError(
                f"{path} is missing, but {temporal_file} holds courses that only it opens; restore a backup"
            )
        write_private(path, KeyRing.generate().text() + "\n")
    return KeyRing.parse(path.read_text())


def ensure_secret(state: Path, name: str) -> str:
    path = state / name
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()
