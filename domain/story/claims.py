"""What becomes of a claim after filing: denied, answered, appealed, held for a coder."""

from __future__ import annotations

from domain import events as e
from domain.story.words import Tell, because, day_in_words, dollars

WHAT = {
    "denied": "denied the claim",
    "reopened": "reviews the paid claim",
    "taken_back": "takes money back for the claim",
}


def _denied(event: e.ClaimDenied, _: str) -> str:
    one = event.denial
    codes = ", ".join(one.reason_codes)
    amount = f", {dollars(one.amount_cents)}" if one.what == "taken_back" and one.amount_cents else ""
    said = f"The payer {WHAT[one.what]} of session {one.session} on {day_in_words(one.payer_on)}{amount}"
    said += because(f"{codes} {one.says}".strip())
    if one.last_day is not None:
        said += f"; the payer's last day is {day_in_words(one.last_day)}"
    return said


def _answered(event: e.DenialAnswered, _: str) -> str:
    at = f" at level {event.level}" if event.level is not None else ""
    at += f" ({event.level_name})" if event.level_name else ""
    did = {
        "correct": "sends the claim again, corrected",
        "appeal": f"appealed{at}",
        "send_records": "sent the records",
        "write_off": "wrote it off",
        "bill_patient": f"bills the patient {dollars(event.amount_cents or 0)}",
        "paid": "saw it paid",
    }[event.action]
    said = f"On denial {event.denial} billing {did}{because(event.note)}"
    if event.answer_due_on is not None:
        said += f"; an answer is due by {day_in_words(event.answer_due_on)}"
    if event.next_session:
        said += f"; the next session may be given: {event.next_session}"
    return said


def _decided(event: e.AppealDecided, _: str) -> str:
    answer = "gave in" if event.won else "stays with its no"
    later = f"; the last day for the next level is {day_in_words(event.appeal_by)}" if event.appeal_by else ""
    return f"On denial {event.denial} the payer {answer}, {day_in_words(event.payer_on)}{because(event.note)}{later}"


def _extended(event: e.LastDayExtended, _: str) -> str:
    granted = event.extension
    return (
        f"On denial {event.denial} the payer granted more time ({granted.deadline}): until "
        f"{day_in_words(granted.until_on)}, reference {granted.reference}"
    )


def _released(event: e.ClaimReleased, _: str) -> str:
    modifier = "" if event.modifier is None else f", modifier {event.modifier}"
    number = "" if event.authorization_number is None else f", authorization {event.authorization_number}"
    if not event.bill:
        return f"Session {event.session} is not billed{because(event.note)}"
    return f"The claim of session {event.session} may go out{modifier}{number}{because(event.note)}"


SENTENCES: dict[type[e.CourseEvent], Tell] = {
    e.ClaimDenied: _denied,
    e.ClaimPaid: lambda event, _: (
        f"The claim of denial {event.denial} is paid after all: {dollars(event.amount_cents)}"
    ),
    e.DenialAnswered: _answered,
    e.AppealDecided: _decided,
    e.LastDayExtended: _extended,
    e.ClaimStepKept: lambda *_: "The claim knows what was done about it",
    e.ClaimHeld: lambda event, _: f"The claim of session {event.session} waits: {event.why}",
    e.ClaimReleased: _released,
}
