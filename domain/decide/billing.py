"""The session's record and its bill."""

from __future__ import annotations

from domain import events as e
from domain import facts as f
from domain.decide.common import Asked, Decide, Decided, subject_number
from domain.record import Refusal


def record_signed(asked: Asked) -> Decided:
    fact = asked.fact_as(f.RecordSigned)
    number = fact.session or subject_number(asked.task)
    session = asked.course.session(number) if number is not None else asked.course.last_session
    if session is None or session.signed_by is not None:
        return Refusal(reason="no session waits for its signature")
    if asked.by.user_id != session.injector:
        said = f"only {session.injector}, who injected, signs this record"
        return Refusal(reason=said, people=(session.injector,))
    return e.RecordSigned(session=session.number)


def billing_refused(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BillingRefused)
    if asked.course.session(fact.session) is None:
        return Refusal(reason=f"session: there is no session {fact.session}")
    return e.BillingImpossible(session=fact.session, reason=fact.reason)


def billed_by_hand(asked: Asked) -> Decided:
    fact = asked.fact_as(f.BilledByHand)
    number = fact.session or subject_number(asked.task)
    if number is None or number not in asked.course.to_bill_by_hand:
        return Refusal(reason="session: no such session waits to be billed by hand")
    return e.BilledByHand(session=number, how=fact.how)


DECISIONS: dict[str, Decide] = {
    "record-signed": record_signed,
    "billing-refused": billing_refused,
    "billed-by-hand": billed_by_hand,
}
TOLD_AFTER_THE_END = frozenset({"record-signed", "billing-refused", "billed-by-hand"})
