"""What fields are called on pages, in their labels and in what is wrong with them. Their names are for files and the API."""

from __future__ import annotations

import re

from domain.story.words import in_words
from office.errors import CommandFailed, WrongField
from office.fields import A_DAY, A_TIME
from office.sending import AGAIN_SAID

OF_THIS_FORM = {
    "AuthorizationDecision.from_on": "Covered from",
    "AuthorizationDecision.until_on": "Covered until",
    "AuthorizationDecision.per": "Units are for",
    "AuthorizationDecision.number": "Authorization number",
    "AuthorizationDecision.letter_on": "Day of the letter",
    "AuthorizationDecision.number_follows": "The number is still to come",
    "AuthorizationDecision.reason": "Why it is denied",
    "AuthorizationDecision.denial_code": "Kind of denial",
    "AuthorizationValues.from_on": "Covered from",
    "AuthorizationValues.until_on": "Covered until",
    "AuthorizationValues.number": "Authorization number",
    "AuthorizationValues.letter_on": "Day of the letter",
    "AuthorizationValues.reason": "Why it is denied",
    "AuthorizationValues.denial_code": "Kind of denial",
    "CoverageIntake.kind": "Who pays how",
    "EarlierAnswered.takes": "The patient takes it",
    "EarlierWanted.until_on": "Last day that would do",
    "InvoicePayment.next_on": "Next instalment due",
    "InvoicePayment.on": "Paid on",
    "InvoicePayment.reason": "Why it is written off",
    "InvoicePayment.what": "What became of it",
    "LapseAnswered.answer": "What becomes of it",
    "LapseAnswered.until_on": "Last day asked for",
    "TransitionAnswered.from_on": "Covered from",
    "TransitionAnswered.until_on": "Covered until",
    "Contact.preferred": "Wants messages by",
    "CountsIntake.stated_on": "Counted or asked on",
    "CountsIntake.period_days": "Counted over days",
    "CountsIntake.source": "Where the count is from",
    "EarlierDoseIntake.source": "Where it is known from",
}
"""By the model and its field, where a name means different things in different forms."""
LABELS = {
    "amount_cents": "Amount in cents",
    "counts.source": "Where the count is from",
    "counts.stated_on": "Counted or asked on",
    "coverage.kind": "Who pays how",
    "dose_mg": "Daily dose in mg",
    "earlier_doses.source": "Where it is known from",
    "hours_per_day": "Hours of a headache day",
    "opt_out": "Wants no messages",
    "payer_id": "Payer",
    "period_days": "Counted over days",
    "preferred": "Wants messages by",
    "severity": "Worst pain",
}
"""By a field's path, or its name in any form. What is not here is called by its name."""
NUMBERED = re.compile(r"\[(\d+)\]")
OF_KINDS = {"attempt": "Log a try", "deadline": "Move the due date", "assign": "Give it to somebody"}
"""What forms are called whose kind of fact does not say it. Of any other kind it is the kind in words."""
OF_A_KIND = re.compile(r"`([a-z]+(?:-[a-z]+)*)`")
"""A kind of fact, as a refusal names it: on the command line it is typed like that."""
OF_A_FIELD = re.compile(r"([a-z]+(?:_[a-z]+)*)((?:\[\d+\])?): ")


def label_of(path: str, form: str = "") -> str:
    """Return what a field is called, such as "Payer" for `coverage.payer_id` and "Treatments 1: days" in a list."""
    name = path.rpartition(".")[2]
    bare = NUMBERED.sub("", name)
    said = (
        OF_THIS_FORM.get(f"{form}.{bare}")
        or LABELS.get(NUMBERED.sub("", path))
        or LABELS.get(bare)
        or in_words(bare).capitalize()
    )
    *lists, last = NUMBERED.split(path)[:-1] or [""]
    if last.isdigit():  # an entry of a list
        of = in_words("".join(lists[:1]).rpartition(".")[2]).capitalize()
        return f"{of} {int(last) + 1}" + (f": {said[0].lower()}{said[1:]}" if not path.endswith("]") else "")
    return said


def title_of(kind: str) -> str:
    """Return what the form of a kind of fact is called."""
    return OF_KINDS.get(kind) or in_words(kind).capitalize()


def fault_said(fault: WrongField) -> str:
    """Return what is wrong with a field, as it stands beside it: what is missing is said by its label and hint."""
    expected = fault.expected.replace(A_DAY, "a day like 2026-01-31").replace(A_TIME, "a time like 2026-01-31T09:30")
    said_already = fault.problem == "is missing" or fault.problem.startswith("is longer than")
    return fault.problem if said_already or not expected else f"{fault.problem}; expected {expected}"


def plain(said: str, form: str = "") -> str:
    """Return a refusal with labels instead of the field's name that it begins with, and of kinds of facts."""
    said = AGAIN_SAID.sub("send it again: it takes effect once", said)
    said = OF_A_KIND.sub(lambda kind: f"“{title_of(kind[1])}”", said)
    found = OF_A_FIELD.match(said)
    return said if found is None else f"{label_of(found[1] + found[2], form)}: {said[found.end() :]}"


def failure_said(failed: CommandFailed, form: str = "") -> str:
    """Return what failed, with fields by their labels."""
    if not failed.fields:
        return plain(failed.message, form)
    return "; ".join(_told(one, form) for one in failed.fields)


def _told(fault: WrongField, form: str) -> str:
    """Return a label with what is wrong: "Goals is missing", but "On: expected a day"."""
    between = " " if fault.problem.startswith(("is ", "cannot ", "has ", "lies ")) else ": "
    return f"{label_of(fault.field, form)}{between}{fault_said(fault)}"
