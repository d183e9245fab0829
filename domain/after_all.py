"""Sessions that the patient or the clinic paid for, and that a payer turns out to cover after all: a biller's case."""

from __future__ import annotations

from domain.billing import COVERED_AFTER_ALL
from domain.course import Course
from domain.coverage import Authorization, CoverageKind, Holding, granted_by, holds
from domain.session import Session

LATE_FROM_EDITION = 2
OTHERWISE = frozenset({CoverageKind.SELF_PAY, CoverageKind.CLINICS_RISK})


def covered_after_all(before: Course, now: Course) -> tuple[int, ...]:
    """Return the sessions of an insured day, paid otherwise, that an authorization covers `now` and did not `before`.

    One that is told late covers whatever lies in its window: what else is wrong with it, the biller sees. One that is
    changed or corrected, or a session whose record is corrected, must make a difference to that session.
    """
    if now.edition < LATE_FROM_EDITION:
        return ()
    return tuple(one.number for one in now.sessions if _is_paid_otherwise(now, one) and _is_new_to(before, now, one))


def for_a_biller(session: Session, numbers: tuple[int, ...]) -> Session:
    """Return a session whose bill a biller looks at, where a payer covers after all what another has paid."""
    if session.number not in numbers or session.claim_held is not None:
        return session
    return session.model_copy(update={"claim_held": COVERED_AFTER_ALL})


def _is_paid_otherwise(course: Course, session: Session) -> bool:
    return session.coverage.kind in OTHERWISE and course.covered_on(session.given_on).needs_authorization


def _is_new_to(before: Course, now: Course, session: Session) -> bool:
    payer = now.covered_on(session.given_on).coverage.payer_id
    known = {one.request: one for one in before.authorizations}
    was = before.session(session.number)
    for granted in granted_by(payer, now.authorizations):
        earlier = known.get(granted.request)
        if earlier is None and granted.from_on <= session.given_on <= granted.until_on:
            return True
        held = earlier is not None and was is not None and _holds(before, earlier, was)
        if earlier is not None and not held and _holds(now, granted, session):
            return True
    return False


def _holds(course: Course, authorization: Authorization, session: Session) -> bool:
    """Whether an authorization would cover this session beside all others that it covers."""
    others = tuple(one for one in course.sessions if one.number != session.number)
    found = holds(
        authorization,
        on=session.given_on,
        planned_units=session.dose.units,
        opened_units=session.opened_units,
        sessions=others,
        drug_code=course.protocol.billing.drug_code.value,
    )
    return isinstance(found, Holding)
