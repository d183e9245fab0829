"""Coded reasons beside the free text: against the verdict, against the recommendation, after missed visits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain import events as e
from domain import facts as f
from domain.response import ResponseAnswer
from domain.session import MissedVisits
from domain.story import story_of
from domain.waits import WaitKind
from tests.kit.diaries import NEVER_RESPONDS
from tests.kit.moments import at, missed, not_eligible
from tests.kit.paper import PaperCourse
from tests.kit.people import DR_LEE, NINA


def told_last(course: PaperCourse, kind: type[e.CourseEvent]) -> str:
    event = next(event for event in reversed(course.events) if isinstance(event, kind))
    return story_of(event, zone=course.course.clinic.zone)


def settled(course: PaperCourse) -> e.EligibilitySettled:
    return next(event for event in course.events if isinstance(event, e.EligibilitySettled))


def test_against_the_verdict_a_coded_reason_the_day_of_the_talk_and_the_payment_are_recorded() -> None:
    course = not_eligible()
    informed_on = course.today - timedelta(days=1)

    course.tell(
        NINA,
        f.EligibilityDecision(
            decision="go_on", coded_reason="severely_disabled", patient_informed_on=informed_on, payment="payer_asked"
        ),
    )

    one = settled(course)
    assert (one.coded_reason, one.patient_informed_on, one.payment) == ("severely_disabled", informed_on, "payer_asked")
    assert "severely disabled" in told_last(course, e.EligibilitySettled)
    assert "the payer is asked and may not pay" in told_last(course, e.EligibilitySettled)


def test_words_alone_are_the_coded_reason_other_and_the_patient_is_informed_today() -> None:
    course = not_eligible()

    course.tell(NINA, f.EligibilityDecision(decision="go_on", reason="disabling", patient_informed=True))

    one = settled(course)
    assert (one.coded_reason, one.patient_informed_on, one.payment) == ("other", course.today, "payer_asked")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (f.EligibilityDecision(decision="go_on", coded_reason="other", patient_informed=True), "reason"),
        (f.EligibilityDecision(decision="go_on", coded_reason="patients_wish"), "patient_informed"),
        (
            f.EligibilityDecision(
                decision="go_on", coded_reason="patients_wish", patient_informed=True, payment="patient_pays"
            ),
            "payment",
        ),
    ],
)
def test_other_without_words_an_unknowing_patient_and_an_unsigned_payment_are_refused(
    asked: f.EligibilityDecision, why: str
) -> None:
    refused = not_eligible().ask(NINA, asked)

    assert refused is not None
    assert refused.reason.startswith(why)


def test_the_patient_was_not_informed_tomorrow() -> None:
    course = not_eligible()
    tomorrow = course.today + timedelta(days=1)

    refused = course.ask(
        NINA, f.EligibilityDecision(decision="go_on", coded_reason="patients_wish", patient_informed_on=tomorrow)
    )

    assert refused is not None
    assert refused.reason.startswith("patient_informed_on")


def test_an_answer_against_the_recommendation_has_a_coded_reason() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=NEVER_RESPONDS)

    alone = course.ask(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, coded_reason="other"))
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, coded_reason="function_improved"))

    assert alone is not None
    assert alone.reason.startswith("reason")
    assert course.course.checks[-1].coded_reason == "function_improved"
    assert "function improved" in told_last(course, e.ResponseAnswered)


def test_an_answer_that_is_advised_has_none() -> None:
    course = at(WaitKind.RESPONSE_CHECK)

    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))

    assert course.course.checks[-1].coded_reason is None


def test_the_decision_after_missed_visits_says_why_they_were_missed() -> None:
    course = missed(3)

    course.tell(NINA, f.MissedVisitsDecision(decision="go_on", coded_reason="transport", reason="has a car again"))

    assert course.course.missed_visits[-1].coded_reason == "transport"
    assert "transport; has a car again" in told_last(course, e.MissedVisitsDecided)


def test_what_0_1_recorded_without_codes_is_still_read() -> None:
    told = {
        "for_session": 1,
        "missed": 3,
        "decision": "go_on",
        "reason": "wants it",
        "by": "dr.lee",
        "on": "2026-03-03",
    }

    assert MissedVisits.model_validate(told).coded_reason == "other"
    assert e.EligibilitySettled.model_validate({"reason": "disabling"}).coded_reason is None
    with pytest.raises(ValidationError):
        f.Response.model_validate({"answer": "continue", "coded_reason": "no_such_code"})
