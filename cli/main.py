"""The group of all commands. Each is imported when it is called, so that help and lists are quick."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from office.errors import BadInput, CommandFailed, NotReachable, WrongField

COMMANDS: dict[str, tuple[str, str]] = {
    "start": ("cli.start:start", "Start a course from an intake."),
    "import": ("cli.bulk:import_courses", "Start many courses from a CSV file."),
    "schema": ("cli.schema:schema", "Show what an intake, an import or a fact is made of."),
    "list": ("cli.lists:list_courses", "List courses."),
    "find": ("cli.lists:find", "Find a patient by name, number or contact."),
    "day": ("cli.day:day", "Show one clinic day."),
    "tasks": ("cli.tasks:tasks", "List open tasks, most urgent first."),
    "take": ("cli.tasks:take", "Take a task."),
    "release": ("cli.tasks:release", "Give a task back."),
    "assign": ("cli.tasks:assign", "Give a task to somebody."),
    "attempt": ("cli.tasks:attempt", "Record a try to reach someone."),
    "answer": ("cli.record:answer", "Answer a task."),
    "record": ("cli.record:record", "Tell a course a fact."),
    "correct": ("cli.correct:correct", "Correct what was recorded wrongly."),
    "book": ("cli.appointments:book", "Ask for an appointment."),
    "move": ("cli.appointments:move", "Move the appointment."),
    "cancel": ("cli.appointments:cancel", "Cancel the appointment."),
    "deadline": ("cli.tasks:deadline", "Move a running deadline of ours."),
    "show": ("cli.show:show_course", "Show where a course stands."),
    "plan": ("cli.show:plan", "Show what is expected when."),
    "evidence": ("cli.evidence:evidence", "Show the response evidence."),
    "packet": ("cli.packet:packet", "Write the authorization request as one printable document."),
    "dossier": ("cli.dossier:dossier", "Write what another clinic needs to go on as one printable document."),
    "history": ("cli.history:history", "Tell what has happened."),
    "claims": ("cli.bills:claims", "Tell what became of a course's claims."),
    "messages": ("cli.lists:messages", "List a course's messages to the patient."),
    "hold": ("cli.ways:hold", "Let a course stand still until a review date."),
    "resume": ("cli.ways:resume", "Let a held course go on."),
    "end": ("cli.ways:end", "End a course with an outcome and a coded reason."),
    "withdraw": ("cli.record:withdraw", "End a course because the patient wishes it."),
    "reopen": ("cli.record:reopen", "Let an ended course go on."),
    "fast-forward": ("cli.travel:fast_forward", "Let a sample course's time pass (embedded stack only)."),
    "clinic": ("cli.load:clinic", "Set up the clinic."),
    "users": ("cli.load:users", "List users, or load them."),
}


class Commands(click.Group):
    """Imports a command when it is called; its one-line help stands in the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            raise BadInput(f"no such command: {args[0]}{_did_you_mean(args[0])}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


def _did_you_mean(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name needs it

    close = get_close_matches(name, COMMANDS, n=1)
    return f"; did you mean {close[0]}?" if close else "; `starter.py --help` lists them"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def regimen() -> None:
    """Run courses of treatment: start them, do their tasks, tell them what happened.

    \b
    Every command takes --json: then stdout is one JSON document. What changes something takes --by USER.
    Exit status: 0 done; 2 bad input; 3 already there; 4 no such course or task; 5 the course refused;
    69 Temporal or the database cannot be reached.
    """  # noqa: D301 - \b is click's mark for lines to keep


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status: Any = regimen.main(given, prog_name="starter.py", standalone_mode=False)
    except CommandFailed as failure:
        return _tell(failure, as_json="--json" in given)
    except click.UsageError as wrong:
        return _tell(_bad_usage(wrong), as_json="--json" in given)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("error: stopped\n")
        return 130
    except BrokenPipeError:
        return 141
    except Exception as problem:  # noqa: BLE001 - people get one line, whatever it is
        return _tell(_unexpected(problem), as_json="--json" in given)
    return status if isinstance(status, int) else 0


def _tell(failure: CommandFailed, *, as_json: bool) -> int:
    """Say what failed: one line on stderr, or with --json the document on stdout."""
    said = failure.message
    if failure.kind == "refused":
        from domain.deviation import with_the_way  # noqa: PLC0415 - the rules are heavy, and help does without them

        said = with_the_way(said, " with --deviation REASON")
    if as_json:
        from cli.command import write_json  # noqa: PLC0415 - only a program that asks for JSON needs it

        fields = [vars(field) for field in failure.fields]
        write_json({"error": {"kind": failure.kind, "message": said, "fields": fields}})
    else:
        sys.stderr.write("error: " + " ".join(said.split()) + "\n")
    return failure.status


def _bad_usage(wrong: click.UsageError) -> BadInput:
    message = wrong.format_message().rstrip(".")
    parameter = getattr(wrong, "param", None)
    if isinstance(wrong, click.MissingParameter) and parameter is not None:
        message = f"{parameter.get_error_hint(wrong.ctx)} is missing"
    where = f"; see `{wrong.ctx.command_path} --help`" if wrong.ctx is not None else ""
    fields = () if parameter is None else (WrongField(field=parameter.name, problem=message, expected=""),)
    return BadInput(f"{message}{where}", fields)


OUTAGES = {"Unavailable": "the database", "RPCError": "Temporal", "ConnectionDoesNotExistError": "the database"}
"""Failures of servers that answered when the command began; by name, so that none is imported for it."""


def _unexpected(problem: Exception) -> CommandFailed:
    """Name a server that has gone, or a bug of ours without its words, which may quote a patient."""
    kind = type(problem).__name__
    if kind in OUTAGES:
        return NotReachable(f"{OUTAGES[kind]} stopped answering: {kind}; nothing is known of what was asked, ask again")
    if os.environ.get("REGIMEN_LOG_LEVEL", "").upper() == "DEBUG":
        traceback.print_exception(problem)
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - pathlib for one name
    return CommandFailed(f"a bug in Regimen: {kind} at {place}; REGIMEN_LOG_LEVEL=DEBUG shows more")
