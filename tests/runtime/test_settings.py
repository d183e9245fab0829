"""Settings come from the environment, from files, or from a running stack; a wrong one is named and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.payloads import KeyRing
from runtime.running_stack import KEYS_FILE, RunningStack, StackLock, write_private, write_running_stack
from runtime.settings import SettingsError, load_settings

KEYS = KeyRing.generate("k7").text()
COMPLETE = {
    "REGIMEN_TEMPORAL_ADDRESS": "temporal.clinic:7233",
    "REGIMEN_DATABASE_URL": "postgresql://regimen:tiger@db.clinic/regimen",
    "REGIMEN_PAYLOAD_KEYS": KEYS,
}


@pytest.fixture
def no_stack(tmp_path: Path) -> dict[str, str]:
    return {"REGIMEN_STATE": str(tmp_path / "state")}


def test_servers_and_keys_are_enough(no_stack: dict[str, str]) -> None:
    settings = load_settings(COMPLETE | no_stack)

    assert settings.temporal_address == "temporal.clinic:7233"
    assert settings.temporal_namespace == "default"
    assert settings.task_queue == "courses"
    assert settings.payload_keys.current_id == "k7"
    assert not settings.fast_forward


def test_a_secret_may_come_from_a_file(no_stack: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(COMPLETE["REGIMEN_DATABASE_URL"] + "\n")
    environ = COMPLETE | no_stack | {"REGIMEN_DATABASE_URL": "", "REGIMEN_DATABASE_URL_FILE": str(file)}

    assert load_settings(environ).database_url == COMPLETE["REGIMEN_DATABASE_URL"]


def test_tls_and_the_api_key_go_to_the_client(no_stack: dict[str, str]) -> None:
    settings = load_settings(COMPLETE | no_stack | {"REGIMEN_TEMPORAL_TLS": "yes", "REGIMEN_TEMPORAL_API_KEY": "hush"})

    assert settings.temporal_tls
    assert settings.temporal_api_key == "hush"
    assert "hush" not in repr(settings)


def test_no_secret_is_shown(no_stack: dict[str, str]) -> None:
    shown = repr(load_settings(COMPLETE | no_stack | {"REGIMEN_SMTP_URL": "smtp://u:lion@mail", **FROM}))

    assert not any(secret in shown for secret in ("tiger", "lion", KEYS))


FROM = {"REGIMEN_MESSAGES_FROM": "clinic@example.org"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("REGIMEN_TEMPORAL_ADDRESS", "http://temporal.clinic", "host:port"),
        ("REGIMEN_DATABASE_URL", "mysql://s3cret@db", "postgresql://"),
        ("REGIMEN_DATABASE_URL", "postgresql://s3cret@db:not-a-port/x", "postgresql://"),
        ("REGIMEN_PAYLOAD_KEYS", "s3cret", "id:base64key"),
        ("REGIMEN_PAYLOAD_KEYS", "k1:s3cret!", "'k1' is not base64"),
        ("REGIMEN_PAYLOAD_KEYS", "k1:AAAA", "'k1' has 3 bytes, not 32"),
        ("REGIMEN_PAYLOAD_KEYS", f"{KEYS},{KEYS}", "entry 2 repeats the id 'k7'"),
        ("REGIMEN_SMTP_URL", "mail.s3cret", "smtp://"),
        ("REGIMEN_MESSAGES_FROM", "s3cret", "e-mail address"),
        ("REGIMEN_LOG_LEVEL", "s3cret", "DEBUG, INFO"),
        ("REGIMEN_TEMPORAL_TLS", "s3cret", "yes or no"),
        ("REGIMEN_MAX_CACHED_WORKFLOWS", "-1", "at least 0"),
        ("REGIMEN_DEPLOYMENT_FILE", "/no/such/s3cret", "a file that can be read"),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_was_expected(
    no_stack: dict[str, str], name: str, value: str, expected: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(COMPLETE | no_stack | {name: value})

    assert str(refused.value).startswith(f"{name}: ")
    assert expected in str(refused.value)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", COMPLETE)
def test_without_a_stack_each_server_and_the_keys_must_be_given(no_stack: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: is not set"):
        load_settings({k: v for k, v in COMPLETE.items() if k != name} | no_stack)


def test_a_value_and_a_file_for_the_same_variable_are_refused(no_stack: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="REGIMEN_PAYLOAD_KEYS: is set, and so is REGIMEN_PAYLOAD_KEYS_FILE"):
        load_settings(COMPLETE | no_stack | {"REGIMEN_PAYLOAD_KEYS_FILE": "/dev/null"})


def test_smtp_needs_a_sender(no_stack: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="REGIMEN_MESSAGES_FROM"):
        load_settings(COMPLETE | no_stack | {"REGIMEN_SMTP_URL": "smtp://mail.clinic"})


def test_a_build_without_a_deployment_is_refused(no_stack: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="REGIMEN_DEPLOYMENT"):
        load_settings(COMPLETE | no_stack | {"REGIMEN_BUILD_ID": "1"})


class TestBesideARunningStack:
    @pytest.fixture
    def environ(self, tmp_path: Path) -> dict[str, str]:
        self.lock = StackLock(tmp_path)
        assert self.lock.take()
        write_private(tmp_path / KEYS_FILE, KEYS)
        running = RunningStack(
            stack_pid=1,
            started_at="",
            temporal_address="127.0.0.1:7233",
            database_url="postgresql://regimen:p@127.0.0.1:5432/regimen",
        )
        write_running_stack(tmp_path, running)
        return {"REGIMEN_STATE": str(tmp_path)}

    def test_everything_comes_from_it_and_time_may_be_moved(self, environ: dict[str, str]) -> None:
        settings = load_settings(environ)

        assert settings.temporal_address == "127.0.0.1:7233"
        assert settings.payload_keys.current_id == "k7"
        assert settings.fast_forward

    def test_time_may_not_be_moved_while_messages_are_sent(self, environ: dict[str, str]) -> None:
        assert not load_settings(environ | FROM | {"REGIMEN_SMTP_URL": "smtp://mail.clinic"}).fast_forward

    def test_time_may_not_be_moved_on_another_temporal(self, environ: dict[str, str]) -> None:
        assert not load_settings(environ | {"REGIMEN_TEMPORAL_ADDRESS": "temporal.clinic:7233"}).fast_forward

    def test_a_stack_that_was_killed_counts_no_more(self, environ: dict[str, str]) -> None:
        self.lock.release()

        with pytest.raises(SettingsError, match="no embedded stack is running"):
            load_settings(environ)
