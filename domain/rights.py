"""Who may do what. One table: a kind of request, and the roles that may make it (docs/rules.md)."""

from __future__ import annotations

from domain.people import Actor, Role
from domain.record import Refusal

EVERYONE = frozenset(Role) - {Role.SYSTEM}
CARE = frozenset({Role.OPERATIONS, Role.CLINICIAN})
OFFICE = frozenset({Role.OPERATIONS, Role.BILLING})

RIGHTS: dict[str, frozenset[Role]] = {
    "eligibility-decision": frozenset({Role.CLINICIAN}),
    "goals": frozenset({Role.CLINICIAN}),
    "dose-elsewhere": CARE,
    "own-consent": frozenset({Role.CLINICIAN}),
    "packet-submitted": OFFICE | {Role.CLINICIAN},  # a clinician only his talk with the payer's physician
    "payer-chased": OFFICE,
    "authorization-decision": OFFICE,
    "dose-planned": frozenset({Role.CLINICIAN}),
    "authorization-amended": OFFICE,
    "authorization-withdrawn": OFFICE,
    "approval-answered": OFFICE,
    "unpaid-units": frozenset({Role.BILLING}),
    "coverage-changed": OFFICE,
    "transition-answered": OFFICE,
    "lapse-answered": OFFICE,
    "book": CARE,
    "move": CARE,
    "cancel": CARE,
    "earlier-wanted": CARE,
    "earlier-answered": CARE,
    "readiness": CARE,
    "not-ready": CARE,
    "clearance": frozenset({Role.CLINICIAN}),
    "session-given": CARE,
    "session-completed": CARE,
    "not-given": CARE,
    "missed-visits": frozenset({Role.CLINICIAN}),
    "record-signed": frozenset({Role.CLINICIAN}),
    "safety-call": CARE,
    "adverse-event": EVERYONE,
    "red-flag-reviewed": frozenset({Role.CLINICIAN}),
    "adverse-event-reviewed": frozenset({Role.CLINICIAN}),
    "adverse-event-ended": CARE,
    "sites-reviewed": frozenset({Role.CLINICIAN}),
    "diary-recall": CARE,
    "diary-gaps-asked": CARE,
    "wearing-off": CARE,
    "wearing-off-answered": frozenset({Role.CLINICIAN}),
    "medication-changed": CARE,
    "score-recorded": CARE,
    "taper-answered": frozenset({Role.CLINICIAN}),
    "letter-written": frozenset({Role.CLINICIAN}),
    "response": frozenset({Role.CLINICIAN}),
    "try-again": frozenset({Role.OPERATIONS, Role.ADMIN}),
    "diary-entered": CARE,
    "withdraw": frozenset({Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN}),
    "reopen": frozenset({Role.ADMIN}),
    "hold": EVERYONE,
    "resume": EVERYONE,
    "pregnancy": EVERYONE,
    "end": frozenset({Role.OPERATIONS, Role.CLINICIAN, Role.ADMIN}),
    "death": EVERYONE,
    "death-reviewed": frozenset({Role.CLINICIAN}),
    "handed-over": CARE,
    "contact-attempt": EVERYONE,
    "take": EVERYONE,
    "release": EVERYONE,
    "assign": EVERYONE,
    "attempt": EVERYONE,
    "deadline": EVERYONE,
    "roll-over": frozenset({Role.ADMIN}),
    "self-pay-agreed": OFFICE,
    "denial-step": OFFICE | {Role.CLINICIAN},
    "ask-payer": OFFICE,
    "trial-told": CARE,
    "self-pay-confirmed": frozenset({Role.BILLING}),
    "more-time-granted": OFFICE,
    "at-clinics-risk": frozenset({Role.BILLING, Role.ADMIN}),
    "clinic-changed": frozenset({Role.ADMIN}),
    "billing-refused": frozenset({Role.SYSTEM}),
    "billed-by-hand": frozenset({Role.BILLING}),
    "invoice-payment": frozenset({Role.BILLING}),
    "claim-told": frozenset({Role.SYSTEM}),
    "claim-denial": frozenset({Role.BILLING}),
    "claim-appeal": frozenset({Role.BILLING}),
    "claim-extension": frozenset({Role.BILLING}),
    "deviation-reviewed": frozenset({Role.CLINICIAN}),
    "correction": EVERYONE,
    "told-anew": CARE,
    "claim-released": frozenset({Role.BILLING}),
    "message-undelivered": frozenset({Role.SYSTEM}),
    "reached-otherwise": CARE,
}
"""`take` to `deadline` are about a task: there the task's own role decides as well (`may_work_on`)."""

CORRECTING: dict[str, frozenset[Role]] = {
    "session_given": frozenset({Role.CLINICIAN}),
    "session_completed": frozenset({Role.CLINICIAN}),
    "session_not_given": frozenset({Role.CLINICIAN, Role.OPERATIONS}),
    "goals_set": frozenset({Role.CLINICIAN}),
    "adverse_event_recorded": frozenset({Role.CLINICIAN}),
    "authorization_decided": frozenset({Role.BILLING}),
    "packet_submitted": frozenset({Role.BILLING}),
    "self_pay_agreed": frozenset({Role.BILLING}),
    "coverage_changed": frozenset({Role.BILLING}),
    "authorization_withdrawn": frozenset({Role.BILLING}),
    "safety_watch_ended": frozenset({Role.CLINICIAN}),
    "dose_elsewhere_told": frozenset({Role.CLINICIAN}),
    "response_answered": frozenset({Role.CLINICIAN}),
    "wearing_off_recorded": frozenset({Role.CLINICIAN}),
    "medication_changed": frozenset({Role.CLINICIAN}),
    "score_recorded": frozenset({Role.CLINICIAN}),
    "course_started": frozenset({Role.CLINICIAN}),
}
"""Who corrects what others have recorded, or he himself on an earlier day. Days alone operations correct as well."""

DAYS = frozenset(
    {
        "given_on",
        "given_at",
        "on",
        "from_on",
        "until_on",
        "submitted_on",
        "letter_on",
        "consent_signed_on",
        "onset_on",
        "signed_on",
    }
)
"""What operations correct as well: days, and nothing beside them."""

LICENSED = frozenset({"clearance", "record-signed"})
"""What only a clinician licensed to inject may do."""


def may(actor: Actor, kind: str) -> Refusal | None:
    """Return why `actor` may not make a request of this kind, or None."""
    roles = RIGHTS[kind]
    if actor.role not in roles:
        who = " or ".join(sorted(roles))
        return Refusal(reason=f"`{kind}` is for {who}; your role is {actor.role}")
    if kind in LICENSED and not actor.may_inject:
        return Refusal(reason=f"`{kind}` is for a clinician licensed to inject; you are not")
    return None


def may_take(actor: Actor, role: Role | None, *, licensed: bool) -> Refusal | None:
    """Return why `actor` may not take a task of this role, or None. An admin hands tasks on, but answers none."""
    if role is not None and actor.role is Role.ADMIN and role is not Role.ADMIN:
        return Refusal(reason=f"the task is for {role}: an admin hands it on, and takes none")
    return may_work_on(actor, role, licensed=licensed)


def may_work_on(actor: Actor, role: Role | None, *, licensed: bool) -> Refusal | None:
    """Return why `actor` may not take or move a task of this role, or None. An admin may hand on any task."""
    if role is None:
        return Refusal(reason="it is nobody's task: it ends by itself")
    if actor.role is not role and actor.role is not Role.ADMIN:
        return Refusal(reason=f"the task is for {role}; your role is {actor.role}")
    if licensed and actor.role is role and not actor.may_inject:
        return Refusal(reason="the task is for a clinician licensed to inject; you are not")
    return None
