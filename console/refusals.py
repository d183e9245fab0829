"""Which field a refusal is about."""

from __future__ import annotations

from office.errors import CommandFailed, WrongField


def faults_of(failed: CommandFailed) -> tuple[WrongField, ...]:
    """Return the fields that were wrong; a course's no that begins with a field's name is about that field."""
    if failed.fields:
        return failed.fields
    name, colon, said = failed.message.partition(": ")
    if colon and name.replace("_", "").isalpha() and name.islower():
        return (WrongField(field=name, problem=said, expected=""),)
    return ()
