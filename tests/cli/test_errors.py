"""A command that fails says so in one line, or with --json in one document, and its status tells why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import COMMANDS, main, regimen
from runtime.embedded.ports import any_free_port

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no stack to find, and nothing in the environment."""
    for name in ("REGIMEN_DATABASE_URL", "REGIMEN_TEMPORAL_ADDRESS", "REGIMEN_BY", "REGIMEN_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REGIMEN_STATE", str(tmp_path / "state"))


def test_a_misspelt_command_says_what_was_perhaps_meant(capsys: Said) -> None:
    assert main(["anwser", "x"]) == 2
    assert capsys.readouterr().err == "error: no such command: anwser; did you mean answer?\n"


@pytest.mark.parametrize(
    "arguments", [["start"], ["list", "--phase", "over"], ["answer"], ["list", "--limit", "0"], ["show", "a", "b"]]
)
def test_wrong_usage_is_one_line_with_status_2(arguments: list[str], capsys: Said) -> None:
    assert main(arguments) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1


def test_with_json_an_error_is_the_one_document_on_stdout(capsys: Said) -> None:
    assert main(["start", "--json"]) == 2

    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert error.keys() == {"kind", "message", "fields"}
    assert error["kind"] == "bad_input"
    assert said.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: Said) -> None:
    assert main([name, "--help"]) == 0
    assert "Usage: starter.py" in capsys.readouterr().out


def test_every_command_stands_in_the_help(capsys: Said) -> None:
    assert main(["--help"]) == 0

    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)
    assert regimen.help is not None


def test_without_a_stack_a_command_says_how_to_start_one(capsys: Said) -> None:
    assert main(["list"]) == 69
    assert "make run" in capsys.readouterr().err


@pytest.mark.timeout(60)
def test_a_database_that_does_not_answer_is_named_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    port = any_free_port()
    monkeypatch.setenv("REGIMEN_DATABASE_URL", f"postgresql://regimen:geheim@127.0.0.1:{port}/regimen")

    status = main(["list", "--json"])

    error = json.loads(capsys.readouterr().out)["error"]
    assert status == 69
    assert f"127.0.0.1:{port}" in error["message"]
    assert "geheim" not in error["message"]


def test_a_wrong_setting_names_the_variable(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setenv("REGIMEN_DATABASE_URL", "mysql://somewhere")

    assert main(["list"]) == 2
    assert "REGIMEN_DATABASE_URL" in capsys.readouterr().err


def test_a_bug_is_one_line_without_its_words(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def fail(*_: object) -> None:
        raise ValueError("Ana Lopez, born 1984")

    monkeypatch.setattr("office.reach._found", fail)

    assert main(["list"]) == 70
    said = capsys.readouterr().err
    assert "a bug in Regimen: ValueError" in said
    assert "Lopez" not in said


def test_the_schema_of_an_intake_needs_no_stack(capsys: Said) -> None:
    assert main(["schema", "intake"]) == 0
    assert "record_number" in json.dumps(json.loads(capsys.readouterr().out))


def test_every_kind_that_can_be_told_has_a_schema(capsys: Said) -> None:
    from cli.direct import DIRECT
    from office.kinds import TOLD

    for kind in (*TOLD, *DIRECT):
        assert main(["schema", kind]) == 0
        assert json.loads(capsys.readouterr().out)["type"] == "object"
