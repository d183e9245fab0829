"""What a page answers with a form that was not taken: which field it is about, and how sure that nothing was done is."""

from __future__ import annotations

from http import HTTPStatus

from office.errors import CommandFailed, NotReachable, WrongField


def status_of(failed: CommandFailed | None) -> int:
    """Return the status of a page that shows its form, again where it failed."""
    if failed is None:
        return HTTPStatus.OK
    return HTTPStatus.SERVICE_UNAVAILABLE if isinstance(failed, NotReachable) else HTTPStatus.UNPROCESSABLE_ENTITY


def done_of(failed: CommandFailed, nothing: str) -> str:
    """Return what is known of what was done: nothing where there was a no, but where nobody answered it may have been."""
    return "Nobody knows yet whether it was done." if isinstance(failed, NotReachable) else nothing


def faults_of(failed: CommandFailed) -> tuple[WrongField, ...]:
    """Return the fields that were wrong; a course's no that begins with a field's name is about that field."""
    if failed.fields:
        return failed.fields
    name, colon, said = failed.message.partition(": ")
    if colon and name.replace("_", "").isalpha() and name.islower():
        return (WrongField(field=name, problem=said, expected=""),)
    return ()
