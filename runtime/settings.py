"""Where everything is, from the environment or from an embedded stack that is running."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.environment import Environment, SettingsError
from runtime.payloads import KeyRing, KeyRingError
from runtime.running_stack import KEYS_FILE, RunningStack, read_running_stack

__all__ = ["LOG_LEVELS", "PROJECT", "Settings", "SettingsError", "load_settings", "state_folder"]

PROJECT = Path(__file__).resolve().parent.parent
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
DEFAULT_TASK_QUEUE = "courses"
NOTHING_RUNS = RunningStack(stack_pid=0, started_at="")
DEFAULT_MAX_CACHED_WORKFLOWS = 1000  # about 80 KiB each


@dataclass(frozen=True, kw_only=True)
class Settings:
    temporal_address: str
    database_url: str = field(repr=False)
    payload_keys: KeyRing = field(repr=False)
    temporal_namespace: str = "default"
    temporal_tls: bool = False
    temporal_api_key: str | None = field(default=None, repr=False)
    task_queue: str = DEFAULT_TASK_QUEUE
    smtp_url: str | None = field(default=None, repr=False)
    messages_from: str | None = None
    log_level: str = "INFO"
    state: Path = PROJECT / ".regimen"
    max_cached_workflows: int = DEFAULT_MAX_CACHED_WORKFLOWS
    deployment: str | None = None
    build_id: str | None = None
    embedded_temporal: bool = False

    @property
    def fast_forward(self) -> bool:
        """Whether a course's time may be moved: only on our own Temporal, and only while nothing is sent outside."""
        return self.embedded_temporal and self.smtp_url is None


def state_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of the embedded stack's state, `.regimen` in the project unless REGIMEN_STATE says otherwise."""
    given = Environment(os.environ if environ is None else environ).text("REGIMEN_STATE")
    return Path(given).expanduser().absolute() if given else PROJECT / ".regimen"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings; what the environment leaves out is taken from a running embedded stack.

    Raises `SettingsError`, which names the variable and what was expected.
    """
    variables = os.environ if environ is None else environ
    env = Environment(variables)
    state = state_folder(variables)
    running = read_running_stack(state) or NOTHING_RUNS
    address = env.matching("REGIMEN_TEMPORAL_ADDRESS", r"(\[[0-9a-fA-F:]+\]|[^:/\s]+):[0-9]{1,5}", "host:port")
    database_url = env.url("REGIMEN_DATABASE_URL", schemes=("postgresql", "postgres"))
    deployment, build_id = _worker_version(env)
    smtp_url = env.url("REGIMEN_SMTP_URL", schemes=("smtp", "smtps"))
    messages_from = env.matching("REGIMEN_MESSAGES_FROM", r"[^@]+@[^@\s]+", "an e-mail address")
    if smtp_url and not messages_from:
        raise SettingsError("REGIMEN_MESSAGES_FROM", "expected an e-mail address, since REGIMEN_SMTP_URL is set")
    return Settings(
        temporal_address=address or _from_stack("REGIMEN_TEMPORAL_ADDRESS", running.temporal_address, state),
        database_url=database_url or _from_stack("REGIMEN_DATABASE_URL", running.database_url, state),
        payload_keys=_payload_keys(env, running, state),
        temporal_namespace=env.text("REGIMEN_TEMPORAL_NAMESPACE") or "default",
        temporal_tls=env.yes("REGIMEN_TEMPORAL_TLS"),
        temporal_api_key=env.text("REGIMEN_TEMPORAL_API_KEY"),
        task_queue=env.text("REGIMEN_TASK_QUEUE") or DEFAULT_TASK_QUEUE,
        smtp_url=smtp_url,
        messages_from=messages_from,
        log_level=_log_level(env),
        state=state,
        max_cached_workflows=_or(
            env.whole_number("REGIMEN_MAX_CACHED_WORKFLOWS", at_least=0), DEFAULT_MAX_CACHED_WORKFLOWS
        ),
        deployment=deployment,
        build_id=build_id,
        embedded_temporal=running.temporal_address is not None and address in {None, running.temporal_address},
    )


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def _from_stack(name: str, found: str | None, state: Path) -> str:
    if not found:
        raise SettingsError(name, f"is not set, and no embedded stack is running in {state}; start one with `make run`")
    return found


def _payload_keys(env: Environment, running: RunningStack, state: Path) -> KeyRing:
    text = env.text("REGIMEN_PAYLOAD_KEYS")
    if text is None and running is not NOTHING_RUNS:
        text = (state / KEYS_FILE).read_text()
    if text is None:
        raise SettingsError("REGIMEN_PAYLOAD_KEYS", "is not set; expected id:base64key[,id:base64key], 32 bytes each")
    try:
        return KeyRing.parse(text)
    except KeyRingError as problem:
        raise SettingsError("REGIMEN_PAYLOAD_KEYS", f"expected id:base64key[,id:base64key], but {problem}") from problem


def _log_level(env: Environment) -> str:
    level = (env.text("REGIMEN_LOG_LEVEL") or "INFO").upper()
    if level not in LOG_LEVELS:
        raise SettingsError("REGIMEN_LOG_LEVEL", f"expected one of {', '.join(LOG_LEVELS)}")
    return level


def _worker_version(env: Environment) -> tuple[str | None, str | None]:
    deployment, build_id = env.text("REGIMEN_DEPLOYMENT"), env.text("REGIMEN_BUILD_ID")
    if (deployment is None) != (build_id is None):
        missing = "REGIMEN_BUILD_ID" if deployment else "REGIMEN_DEPLOYMENT"
        raise SettingsError(missing, "expected both REGIMEN_DEPLOYMENT and REGIMEN_BUILD_ID, or neither")
    return deployment, build_id
