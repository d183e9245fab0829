"""What became of a course's claims and invoices, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from domain.claims import Frequency
from domain.clinic_time import clinic_day
from domain.denial_reasons import DenialReasons
from domain.record import Record
from domain.story.words import because, dollars, in_words
from office.names import payer_name
from office.words import day
from readmodel.lookups import BillLine, BillRemittance, BillRow, BillStep

KINDS = {
    Frequency.ORIGINAL: "claim",
    Frequency.REPLACEMENT: "corrected claim",
    Frequency.VOID: "void",
}
DID = {
    "replaced": "another claim took its place",
    "voided": "taken back by us",
    "appealed": "appealed",
    "records_sent": "the records were sent",
    "written_off": "written off",
    "patient_billed": "the patient's share was billed",
    "appeal_won": "the payer gave in",
    "appeal_lost": "the payer stays with its no",
    "extended": "the payer granted more time",
    "settled": "settled as paid",
    "payment": "paid",
}
SAID = {
    "accepted": "accepted by the payer",
    "paid": "paid",
    "denied": "DENIED",
    "reopened": "the payer reviews what it paid",
    "taken_back": "the payer took money back",
}


class Line(Record):
    """One thing that happened to a bill."""

    on: date
    at: datetime
    said: str
    by: str | None = None


def head_of_bill(bill: BillRow, bills: Sequence[BillRow]) -> str:
    """Return what a bill is, to whom, and where it stands."""
    kind = "invoice" if bill.frequency is None else KINDS[Frequency(bill.frequency)]
    to = f" to {payer_name(bill.payer_id)}" if bill.payer_id else ""
    before = next((one.number for one in bills if one.billed_id == bill.replaces), None)
    instead = f", instead of {before}" if before else ""
    owed = f" of {dollars(bill.amount_cents)}" if bill.kind == "invoice" and bill.amount_cents else ""
    paid = f", {dollars(bill.paid_cents)}{owed} paid" if bill.paid_cents else f",{owed[3:]} to pay" if owed else ""
    return f"Session {bill.session}, {day(bill.service_on)}: {kind} {bill.number}{to}{instead}: {in_words(bill.state)}{paid}"


def story_of_bill(bill: BillRow, reasons: DenialReasons, zone: str) -> Iterator[Line]:
    """Yield what happened to a bill, oldest first."""
    what = "issued" if bill.kind == "invoice" else "filed" + because(", ".join(map(_line, bill.lines)))
    yield Line(on=clinic_day(bill.filed_at, zone), at=bill.filed_at, said=what)
    lines = [*(_said(one, reasons) for one in bill.remittances), *(_done(one) for one in bill.steps)]
    yield from sorted(lines, key=lambda line: (line.on, line.at))


def _line(line: BillLine) -> str:
    return " ".join((f"{line.quantity} x {line.code}", *line.modifiers))


def _said(one: BillRemittance, reasons: DenialReasons) -> Line:
    said = SAID[one.state]
    said += f" {dollars(one.amount_cents)}" if one.amount_cents else ""
    said += because(", ".join(reasons.in_words(code) for code in one.reason_codes))
    said += f"; its last day to appeal is {day(one.appeal_by)}" if one.appeal_by else ""
    said += f"; records by {day(one.records_by)}" if one.records_by else ""
    said += f"; reference {one.reference}" if one.reference else ""
    return Line(on=one.on, at=one.recorded_at, said=said)


def _done(one: BillStep) -> Line:
    said = DID[one.kind]
    said += f" at level {one.level}" if one.level and one.kind == "appealed" else ""
    said += f" ({one.level_name})" if one.level_name else ""
    said += f" {dollars(one.amount_cents)}" if one.amount_cents and one.kind == "payment" else ""
    said += because(one.note)
    said += f"; last day {day(one.last_day)}" if one.last_day else ""
    said += f"; reference {one.reference}" if one.reference and one.kind not in {"replaced", "voided"} else ""
    return Line(on=one.on, at=one.recorded_at, said=said, by=None if one.by == "course" else one.by)
