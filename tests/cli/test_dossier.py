"""The dossier: what another clinic needs to go on, whatever stage the course is at."""

from __future__ import annotations

from datetime import date, timedelta

from domain import facts as f
from domain.response import ResponseAnswer
from domain.story.words import day_in_words
from domain.waits import WaitKind
from office.dossier import facts_of, rendered
from readmodel.people import Patient
from tests.kit.answers import People
from tests.kit.moments import after_session, at, transferred
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, DR_LEE

ON = date(2026, 3, 2)
ANA = Patient(patient_id="p-1", record_number="MRN-7", name="Ana <Lopez>", birth_date=date(1984, 3, 12))


def document(course: PaperCourse) -> str:
    return rendered(facts_of(course.course, who=ANA, names={"dr.lee": "Dr. Jordan Lee"}, on=ON))


def test_it_has_dates_units_sites_lots_baseline_and_checks() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    course.tell(AMY, f.End(outcome="transferred", reason="moved_away"))

    html = document(course)

    for session in course.course.sessions:
        assert day_in_words(session.given_on) in html
        assert f'<td class="num">{session.dose.units}</td><td class="num">{session.dose.sites}</td>' in html
        assert "C7461" in html
    assert course.course.checks[0].evidence.verdict_reason.split(";")[0].replace(">", "&gt;") in html
    assert "20 headache days" in html or "20 headache" in html
    assert "transferred, moved away" in html


def test_the_next_clinic_reads_before_which_day_no_dose_may_be_given() -> None:
    course = transferred()

    earliest = course.course.sessions[-1].given_on + timedelta(days=84)

    assert f"No further dose before {day_in_words(earliest)}" in document(course)


def test_an_open_authorization_is_named_with_what_is_left_and_a_closed_one_is_not() -> None:
    course = transferred()
    number = course.course.authorizations[0].number
    assert f"Authorization {number}" in document(course)
    assert "1 sessions left" in document(course)

    course.tell(AMY, f.HandedOver(authorization="closed"))

    assert f"Authorization {number}" not in document(course)


def test_before_any_session_and_with_a_name_that_looks_like_markup_it_is_whole() -> None:
    html = document(PaperCourse())

    assert "Ana &lt;Lopez&gt;" in html
    assert "None here." in html
    assert "Not judged yet" in html


def test_adverse_events_stand_in_it() -> None:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(note="heavy eyelid for a week"))
    course.go_on(People(), until=WaitKind.READINESS)

    assert "heavy eyelid for a week" in document(course)
