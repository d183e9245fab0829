"""What the payer says and the patient signs, as it is taken or refused. Row by row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.coverage import CoverageKind, Decision
from domain.decide import decide
from domain.people import Actor
from domain.record import Refusal
from domain.waits import WaitKind
from tests.kit.beginnings import TODAY, a_beginning, medicare
from tests.kit.moments import after_session, at, denied_with, paying_herself
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN

ONE_DAY = timedelta(days=1)
NO = f.AuthorizationDecision(decision=Decision.DENIED, reason="not medically necessary")


def became(paper: PaperCourse, by: Actor, fact: Any, **changes: Any) -> Any:
    """Return what a request becomes, in a course that differs so."""
    course = paper.course.model_copy(update=changes)
    return decide(course, f.Request(request_id="r", by=by, fact=fact), now=paper.now)


def refused(paper: PaperCourse, by: Actor, fact: Any, **changes: Any) -> str:
    refusal = became(paper, by, fact, **changes)
    assert isinstance(refusal, Refusal)
    return refusal.reason


# The payer's answer


def test_an_answer_is_taken_to_the_request_that_is_with_the_payer() -> None:
    asked = at(WaitKind.PAYER_ANSWER)
    (request,) = asked.course.requests
    before = request.model_copy(update={"decided_on": TODAY, "decision": Decision.APPROVED})
    second = request.model_copy(update={"number": 2})
    both = (before, second)

    assert isinstance(became(asked, AMY, NO), e.AuthorizationDecided)
    assert became(asked, AMY, NO.model_copy(update={"request": 2}), requests=both, waits=()).request == 2
    assert refused(asked, AMY, NO.model_copy(update={"request": 1}), requests=both, waits=()) == (
        "no authorization request is open"
    )
    assert refused(asked, AMY, NO.model_copy(update={"request": 7}), waits=()) == "no authorization request is open"
    assert refused(after_session(1), AMY, NO) == "no authorization request is open"
    assert refused(at(WaitKind.SUBMIT_PACKET), AMY, NO) == "the request has not been submitted yet"


@pytest.mark.parametrize(("days", "taken"), [(1, True), (0, False), (-1, False)])
def test_a_payer_is_asked_again_on_a_day_ahead(days: int, taken: bool) -> None:
    asked = at(WaitKind.PAYER_ANSWER)
    fact = f.PayerChased(result="in review", again_on=asked.today + days * ONE_DAY)

    chased = became(asked, AMY, fact)

    assert isinstance(chased, e.PayerChased) is taken
    if taken:
        assert (chased.request, chased.result, chased.again_on) == (1, "in review", asked.today + ONE_DAY)
        assert chased.due.date() == asked.today + ONE_DAY
    assert refused(at(WaitKind.SUBMIT_PACKET), AMY, fact) == "no request is with a payer"
    assert refused(after_session(1), AMY, fact) == "no request is with a payer"


# The patient's signature


def signed(on_paper: PaperCourse, **changes: Any) -> f.SelfPayAgreed:
    plain: dict[str, Any] = {"signed_on": on_paper.today, "amount_cents": 180_000, "sessions": 2, "form": "P-12"}
    return f.SelfPayAgreed(**(plain | changes))


@pytest.mark.parametrize(("by", "confirmed_by"), [(AMY, None), (BEN, "ben.billing")])
def test_an_insured_patient_signs_from_the_next_session_on_and_only_a_biller_confirms(
    by: Actor, confirmed_by: str | None
) -> None:
    paper = denied_with()

    agreement = became(paper, by, signed(paper)).agreement

    assert (agreement.signed_on, agreement.amount_cents, agreement.sessions) == (paper.today, 180_000, 2)
    assert (agreement.form, agreement.signed_by, agreement.from_session) == ("P-12", "patient", 1)
    assert agreement.confirmed_by == confirmed_by


def test_who_pays_anyway_needs_no_biller_and_in_courses_of_an_earlier_release_pays_from_the_day_of_signing() -> None:
    paper = paying_herself()

    assert became(paper, BEN, signed(paper)).agreement.confirmed_by is None
    assert became(paper, AMY, signed(paper)).agreement.from_session == 1
    assert became(paper, AMY, signed(paper), edition=1).agreement.from_session is None


def test_a_course_that_the_patient_does_not_pay_takes_no_signature() -> None:
    not_needed = PaperCourse(a_beginning(coverage=medicare(TODAY)))
    insured = denied_with()

    assert refused(not_needed, BEN, signed(not_needed)) == "this course is not paid by the patient"
    assert refused(insured, BEN, signed(insured), edition=1) == "this course is not paid by the patient"
    assert not_needed.course.coverage.kind is CoverageKind.NOT_NEEDED


def test_what_is_signed_later_than_today_is_not_signed() -> None:
    paper = denied_with()

    assert isinstance(became(paper, BEN, signed(paper, signed_on=paper.today + ONE_DAY)), Refusal)
