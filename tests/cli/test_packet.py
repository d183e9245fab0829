"""The authorization request as a printable document, whatever stage the course is at."""

from __future__ import annotations

from datetime import date

from cli.packet import as_of, facts_of, rendered
from domain.coverage import AuthorizationRequest
from domain.waits import WaitKind
from readmodel.people import Guardian, Patient
from tests.kit.answers import People
from tests.kit.paper import PaperCourse

ON = date(2026, 3, 2)
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
