"""The authorization request as a printable document, whatever stage the course is at."""

from __future__ import annotations

from datetime import date, timedelta

from domain import facts as f
from domain.coverage import AuthorizationRequest
from domain.response import gather_evidence
from domain.waits import WaitKind
from office.packet import as_of, facts_of, rendered
from readmodel.people import Guardian, Patient
from tests.kit.answers import People
from tests.kit.moments import after_session, another_payer_asked
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY

ON = date(2026, 3, 2)
ONE_DAY = timedelta(days=1)
ANA = Patient(
    patient_id="p-1",
    record_number="MRN-7",
    name="Ana <Lopez> & Daughters",
    birth_date=date(1984, 3, 12),
    guardian=Guardian(name="Maria Lopez", relationship="mother"),
)


def document(course: PaperCourse, request: AuthorizationRequest) -> str:
    then = as_of(course.course, request)
    check = then.checks[-1] if then.checks else None
    evidence = course.course.evidence or (check.evidence if check else None)
    names = {"dr.lee": "Dr. Jordan Lee"}
    return rendered(facts_of(then, request, who=ANA, member="NW-1", names=names, evidence=evidence, on=ON))


def test_the_first_request_shows_criteria_treatments_and_counts() -> None:
    course = PaperCourse()
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)

    html = document(course, course.course.requests[0])

    assert "Request for prior authorization" in html
    for finding in course.course.payer_verdict.findings if course.course.payer_verdict else ():
        assert finding.criterion.replace("_", " ").capitalize() in html
    for treatment in course.course.history.treatments:
        assert treatment.drug in html
    assert "02 Mar 2026" in html


def test_what_a_patient_is_called_cannot_break_the_document() -> None:
    course = PaperCourse()
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)

    html = document(course, course.course.requests[0])

    assert "Ana &lt;Lopez&gt; &amp; Daughters" in html
    assert "Maria Lopez, mother" in html


def test_a_renewal_shows_the_response_and_the_sessions_before_it() -> None:
    course = PaperCourse()
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)
    course.go_on(People(), until=WaitKind.CLEARANCE)
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.SUBMIT_PACKET)
    renewal = course.course.requests[-1]

    html = document(course, renewal)

    assert "Request to go on with treatment" in html
    assert "20 of 28 days" in html
    assert "Sessions given" in html


def test_an_old_request_speaks_of_its_own_time() -> None:
    course = PaperCourse()
    course.go_on(People(), until=WaitKind.SAFETY_CALL)

    first = course.course.requests[0]

    assert as_of(course.course, first).sessions == ()
    assert "Sessions given" not in document(course, first)


def test_a_renewal_shows_beside_the_curve_what_else_was_changed() -> None:
    course = after_session(2)
    course.tell(AMY, f.MedicationChanged(drug="erenumab", drug_class="cgrp", change="started", elsewhere=True))
    course.tell(AMY, f.ScoreRecorded(instrument="hit_6", value=66))
    course.go_on(People({WaitKind.RESPONSE_CHECK: lambda _: None}), until=WaitKind.SUBMIT_PACKET)

    html = document(course, course.course.requests[-1])

    assert "erenumab (cgrp, prescribed elsewhere) started on" in html
    assert "HIT 6 66 on" in html


def test_a_request_before_the_first_check_carries_interim_evidence_and_no_verdict_of_ours() -> None:
    course = after_session(1)
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today + ONE_DAY, reason="the plan has ended"))
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.SUBMIT_PACKET)
    then = as_of(course.course, course.course.requests[-1])
    evidence = gather_evidence(
        session=1,
        sessions_given_on=(then.sessions[0].given_on,),
        days=(),
        baseline=then.baseline,
        stated=then.history.counts,
        protocol=then.protocol,
        policy=then.policy,
        checks=(),
        window_last_on=course.today - ONE_DAY,
        today=course.today,
        trial_session=1,
    )

    names = {"dr.lee": "Dr. Jordan Lee"}
    html = rendered(
        facts_of(then, course.course.requests[-1], who=ANA, member=None, names=names, evidence=evidence, on=ON)
    )

    assert "session 1 of a trial of 3; judged after session 2" in html
    assert "headache days" in html.lower()
    assert "<strong>Interim evidence</strong>" in html
    assert "Undetermined" not in html


def test_a_payer_who_follows_another_is_asked_for_a_transition_period() -> None:
    course = another_payer_asked()
    asked = course.course.requests[-1]

    html = document(course, asked)

    assert asked.transition is not None
    assert "<strong>Transition period.</strong> Northwind" in html
    assert f"1 session was planned under it. Please cover it until {asked.transition.until_on:%d %b %Y}" in html
    assert "Transition period" not in document(course, course.course.requests[0])


def test_an_extension_says_why_it_is_asked_and_of_which_authorization() -> None:
    course = after_session(1)
    course.tell(AMY, f.AuthorizationAmended(until_on=course.today + 60 * ONE_DAY))
    asked = course.course.open_request
    assert asked is not None

    html = rendered(facts_of(course.course, asked, who=ANA, member=None, names={}, evidence=None, on=ON))

    assert "days after the end; 1 session and 200 units will lapse" in html
    assert "A-request-1" in html
