"""What a course bills next for a session: its claim, one that takes its place, or nothing before somebody has looked."""

from __future__ import annotations

from domain.claim_denials import ClaimDenial
from domain.claims import A_CODER_DECIDES, NUMBER_TO_COME, Claim, Frequency, claim_for
from domain.course import Course
from domain.coverage import CoverageKind
from domain.record import Refusal
from domain.session import Session

EDITION_OF_HOLDS = 2
"""Courses of 0.1 billed sessions given in part without asking anybody."""

EDITION_OF_CHANGES_ON_THE_WAY = 2
"""Courses of 0.1 took the first claim of a session for what the record says, whatever was told while it was sent."""

PAID_AFTER_ALL = frozenset({"paid", "the payer gave in"})
DIED = "the patient has died: a person decides whether anybody gets an invoice"
COVERED_AFTER_ALL = (
    "the payer's approval covers this day after all: bill the payer by hand and give the patient back what she paid, "
    "or leave it as it is, with the reason"
)
OUTDATED_BY_HAND = "what was billed by hand is no longer what the record says"
OUTDATED_INVOICE = "an invoice is no longer what the record says, or takes a claim's place: settle it by hand"


def waits_to_be_billed(course: Course, session: Session) -> bool:
    """Whether a signed session is to be billed now: for the first time, or anew since the record has changed."""
    if session.signed_by is None or session.claim_held is not None:
        return False
    return session.claim_outdated or (session.claim_id is None and session.number not in course.billing_impossible)


def waits_to_be_voided(session: Session) -> bool:
    """Whether the bill of a session that was entered in error is to be taken back."""
    return session.entered_in_error and session.claim_id is not None and session.claim_outdated


def void_of(course: Course, session: Session) -> Claim | Refusal:
    """Return what takes back the bill of a session entered in error, or why a person must see to it."""
    plain = _plain(course, session)
    if isinstance(plain, Refusal):
        return plain
    if "invoice" in {plain.kind, (session.claim_id or "").rpartition("/")[2]}:
        return Refusal(reason=OUTDATED_INVOICE)
    taken_back = {
        "id": _next_id(session),
        "replaces": session.last_claim_id,
        "frequency": Frequency.VOID,
        "payer_id": session.claim_payer or plain.payer_id,
    }
    return plain.model_copy(update=taken_back)


def hold_of(course: Course, session: Session) -> str | None:
    """Return why the claim waits although the record is signed, or None.

    A coder decides whether a session given in part needs a modifier (U); without the authorization's number
    there is no claim.
    """
    if session.coverage.kind is CoverageKind.SELF_PAY or course.edition < EDITION_OF_HOLDS:
        return None
    if session.in_part and session.procedure_coded_by is None:
        return A_CODER_DECIDES
    return NUMBER_TO_COME if number_is_to_come(course, session) else None


def may_go_out(course: Course, session: Session) -> bool:
    """Whether what a claim is held for has come or is gone: the number is told, the session was completed."""
    ours = session.claim_held in {A_CODER_DECIDES, NUMBER_TO_COME}
    return ours and hold_of(course, session) != session.claim_held


def number_is_to_come(course: Course, session: Session) -> bool:
    """Whether the session was covered by an authorization whose number nobody knows yet."""
    if session.coverage.kind is not CoverageKind.AUTHORIZATION or session.coverage.authorization is None:
        return False
    return not (session.claim_number or session.coverage.authorization_number or _number_now(course, session))


def _number_now(course: Course, session: Session) -> str | None:
    granted = (one for one in course.authorizations if one.request == session.coverage.authorization)
    return next((one.number for one in granted), None) or None


def bill_of(course: Course, session: Session) -> Claim | Refusal:
    """Return what goes to billing next for this session, or why a person must see to it.

    A claim that is outdated is replaced, and the new one names it. Where another payer is billed instead, the first
    one's claim is voided before, unless it was denied.
    """
    if session.number in course.billing_impossible:  # a person has taken it over; billing may not even know the claim
        return Refusal(reason=OUTDATED_BY_HAND)
    plain = _plain(course, session)
    if course.is_deceased and not isinstance(plain, Refusal) and plain.kind == "invoice":
        return Refusal(reason=DIED)
    if session.claim_id is None or isinstance(plain, Refusal):
        return plain
    if "invoice" in {plain.kind, session.claim_id.rpartition("/")[2]}:
        return Refusal(reason=OUTDATED_INVOICE)
    return _in_place_of_the_last(course, session, plain)


def _in_place_of_the_last(course: Course, session: Session, plain: Claim) -> Claim:
    named = {"id": _next_id(session), "replaces": session.last_claim_id}
    if session.claim_voided:
        return plain.model_copy(update=named)
    if session.claim_payer in {None, plain.payer_id}:
        return plain.model_copy(update=named | {"frequency": Frequency.REPLACEMENT})
    if any(_stands(denial, session) for denial in course.claim_denials):
        return plain.model_copy(update=named)
    return plain.model_copy(update=named | {"frequency": Frequency.VOID, "payer_id": session.claim_payer})


def _plain(course: Course, session: Session) -> Claim | Refusal:
    then = course.covered_on(session.given_on)
    return claim_for(
        session,
        course_id=course.course_id,
        coverage=then.coverage,
        policy=then.policy,
        diagnosis=course.history.diagnosis,
        protocol=course.protocol,
        authorization_number=_number_now(course, session),
    )


def _next_id(session: Session) -> str:
    return f"{session.id}/claim-{len(session.replacements) + 2}"


def _stands(denial: ClaimDenial, session: Session) -> bool:
    """Whether the payer gave nothing for the session's last claim, or took it back."""
    refused = denial.what != "reopened" and denial.how not in PAID_AFTER_ALL
    return refused and denial.claim_id == session.last_claim_id


def outdated_on_its_way(course: Course, number: int, sent: Claim) -> bool:
    """Whether what the record says has changed while the claim of the session of this number went to billing.

    Also where more is to follow, such as the claim after a void, and where the session was entered in error.
    """
    session = course.session(number)
    if session is None:
        return course.edition >= EDITION_OF_CHANGES_ON_THE_WAY
    if course.edition < EDITION_OF_CHANGES_ON_THE_WAY and not session.claim_outdated:
        return False
    now = _plain(course, session)
    same = {"id": sent.id, "replaces": sent.replaces, "frequency": sent.frequency}
    return not (isinstance(now, Claim) and now.model_copy(update=same) == sent)


def share_of_patient(course: Course, session: Session, *, amount_cents: int) -> Claim:
    """Return the invoice over what the payer leaves to the patient."""
    return Claim(
        id=f"{session.id}/patient",
        kind="invoice",
        course_id=course.course_id,
        session=session.number,
        payer_id=None,
        place_of_service=course.covered_on(session.given_on).coverage.place_of_service,
        service_on=session.given_on,
        injector=session.injector,
        amount_cents=amount_cents,
    )
