"""What a response check asks of a whole course: looks at the diary, and what a request to go on says of the response."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from domain import checks, plan
from domain import facts as f
from domain.course import Course, DiaryLook
from domain.coverage import AuthorizationRequest, CoverageKind, Purpose
from domain.plan import Judged
from domain.response import Basis, ResponseAnswer, ResponseCheck, ResponseEvidence, Verdict
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.moments import after_session, at
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DR_LEE

ONE_DAY = timedelta(days=1)
Changes = Callable[[Course], dict[str, Any]]

AFTER_2 = after_session(2)
TIMES = plan.times_of_check(AFTER_2.course, AFTER_2.course.sessions[-1])
FIRST = TIMES.window_first_on
CHECK: PaperCourse = at(WaitKind.RESPONSE_CHECK)


def looked(last_on: date, **changes: Any) -> dict[str, Any]:
    """Return that somebody has looked at the diary up to this day."""
    plain: dict[str, Any] = {"session": 2, "first_on": FIRST, "last_on": last_on, "missing": 0, "asks": False}
    return {"diary_looked": DiaryLook(**(plain | changes))}


def answered(answer: ResponseAnswer, *, verdict: Verdict = Verdict.RESPONSE, basis: Basis | None = None) -> Any:
    """Return an answer to the check after session 2."""
    evidence = CHECK.course.evidence
    assert evidence is not None
    return ResponseCheck(
        session=2,
        answer=answer,
        answered_on=CHECK.today,
        by="dr.lee",
        basis=basis,
        evidence=evidence.model_copy(update={"verdict": verdict}),
    )


# Looks at the diary


def test_somebody_looks_at_the_diary_on_day_14_and_then_every_week_until_the_check_opens() -> None:
    opens = (TIMES.opens_on - FIRST).days
    ahead = list(checks.diary_looks_ahead(AFTER_2.course))

    assert ahead[0] == ("session-2", FIRST + 14 * ONE_DAY)
    assert ahead[1:] == [(f"session-2-day-{day}", FIRST + day * ONE_DAY) for day in range(21, opens, 7)]
    assert checks.diary_look_on(AFTER_2.course) == FIRST + 14 * ONE_DAY


def test_there_is_nothing_to_look_at_before_a_check_is_due() -> None:
    assert checks.diary_look_on(after_session(1).course) is None
    assert list(checks.diary_looks_ahead(after_session(1).course)) == []


LOOKED: list[tuple[str, Changes, int | None]] = [
    ("no day is missing", lambda _: looked(FIRST + 13 * ONE_DAY), 21),
    ("the patient is to be asked", lambda _: looked(FIRST + 13 * ONE_DAY, asks=True), None),
    ("asked the same day", lambda _: looked(FIRST + 13 * ONE_DAY, asks=True, asked_on=FIRST + 14 * ONE_DAY), 21),
    ("asked two days later", lambda _: looked(FIRST + 13 * ONE_DAY, asks=True, asked_on=FIRST + 16 * ONE_DAY), 23),
    ("looked for another check", lambda _: looked(FIRST + 13 * ONE_DAY, session=1), 14),
    ("the evidence is gathered", lambda _: {"evidence": CHECK.course.evidence}, None),
    ("begun by an earlier release", lambda _: {"edition": 1}, None),
    ("asked again", lambda _: {"checks": (answered(ResponseAnswer.ASK_AGAIN),)}, None),
    ("the next would be the day on which it opens", lambda _: looked(TIMES.opens_on - 8 * ONE_DAY), None),
    (
        "the next is the day before it opens",
        lambda _: looked(TIMES.opens_on - 9 * ONE_DAY),
        (TIMES.opens_on - FIRST).days - 1,
    ),
]


@pytest.mark.parametrize(("changes", "day"), [row[1:] for row in LOOKED], ids=[row[0] for row in LOOKED])
def test_the_next_look(changes: Changes, day: int | None) -> None:
    course = AFTER_2.course.model_copy(update=changes(AFTER_2.course))

    assert checks.diary_look_on(course) == (None if day is None else FIRST + day * ONE_DAY)


def days_looked_at(today: date, **changes: Any) -> tuple[date, date]:
    course = AFTER_2.course.model_copy(update=changes)
    session = plan.open_check(course)
    assert session is not None
    return checks.diary_days_to_look_at(course, session, today)


def test_a_look_counts_the_days_till_yesterday_and_none_that_the_patient_was_asked_for() -> None:
    on, until = FIRST + 14 * ONE_DAY, FIRST + 9 * ONE_DAY

    assert days_looked_at(on) == (FIRST, on - ONE_DAY)
    assert days_looked_at(on, **looked(until)) == (FIRST, on - ONE_DAY), "counted once more"
    assert days_looked_at(on, **looked(until, asks=True, asked_on=on)) == (until + ONE_DAY, on - ONE_DAY)
    assert days_looked_at(on, **looked(until, session=1, asked_on=on)) == (FIRST, on - ONE_DAY)
    assert days_looked_at(TIMES.opens_on + 90 * ONE_DAY) == (FIRST, TIMES.window_last_on)


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"asks": True}, True),
        ({"asks": False}, False),
        ({"asks": True, "asked_on": FIRST + 14 * ONE_DAY}, False),
        ({"asks": True, "session": 1}, False),
    ],
)
def test_the_patient_is_asked_once_for_the_days_of_the_check_that_comes(changes: dict[str, Any], asks: bool) -> None:
    course = AFTER_2.course.model_copy(update=looked(FIRST + 13 * ONE_DAY, **changes))

    assert (checks.gaps_to_ask(course) is not None) is asks
    ended = course.model_copy(update={"checks": (answered(ResponseAnswer.CONTINUE),)})
    assert checks.gaps_to_ask(ended) is None, "the check is answered"


# What a request to go on says of the response


def a_request(purpose: Purpose = Purpose.RENEWAL, for_session: int = 3) -> AuthorizationRequest:
    first = CHECK.course.requests[0]
    return first.model_copy(update={"number": 2, "purpose": purpose, "for_session": for_session})


def with_evidence(verdict: Verdict) -> dict[str, Any]:
    evidence = CHECK.course.evidence
    assert evidence is not None
    return {"evidence": evidence.model_copy(update={"verdict": verdict})}


UNDETERMINED = "undetermined"
ATTEST = "undetermined: complete the diary or attest it first"
SAID: list[tuple[str, dict[str, Any], str | None]] = [
    ("the open check shows a response", with_evidence(Verdict.RESPONSE), None),
    ("the open check shows none", with_evidence(Verdict.NONE), None),
    ("the open check shows nothing", with_evidence(Verdict.UNDETERMINED), ATTEST),
    ("the check has not opened", {"evidence": None}, "not judged yet"),
    (
        "asked again, as it was seen then",
        {"evidence": None, "checks": (answered(ResponseAnswer.ASK_AGAIN, verdict=Verdict.UNDETERMINED),)},
        ATTEST,
    ),
    ("asked again, a response was seen", {"evidence": None, "checks": (answered(ResponseAnswer.ASK_AGAIN),)}, None),
    ("answered on a response", {"checks": (answered(ResponseAnswer.CONTINUE),)}, None),
    (
        "answered on nothing",
        {"checks": (answered(ResponseAnswer.CONTINUE, verdict=Verdict.UNDETERMINED),)},
        UNDETERMINED,
    ),
    (
        "attested",
        {"checks": (answered(ResponseAnswer.CONTINUE, verdict=Verdict.UNDETERMINED, basis="patients_statement"),)},
        "attested: patients statement",
    ),
    ("begun by an earlier release", with_evidence(Verdict.UNDETERMINED) | {"edition": 1}, None),
]


@pytest.mark.parametrize(("changes", "said"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_a_request_to_go_on_says_what_the_diary_does_not_show(changes: dict[str, Any], said: str | None) -> None:
    course = CHECK.course.model_copy(update=changes)

    assert checks.response_for_request(course, a_request()) == said
    lacks = said is not None and said.startswith(UNDETERMINED)
    assert checks.unshown_response(course, a_request()) == (said if lacks else None)
    assert checks.unshown_response(course, a_request(Purpose.CONTINUATION)) == (said if lacks else None)
    assert checks.unshown_response(course, a_request(Purpose.EXTENSION)) is None


def test_a_first_request_and_one_for_another_session_say_nothing() -> None:
    course = CHECK.course.model_copy(update=with_evidence(Verdict.UNDETERMINED))

    assert checks.response_for_request(course, a_request(Purpose.INITIAL)) is None
    assert checks.response_for_request(course, a_request(for_session=2)) is None
    assert checks.response_for_request(course, a_request(for_session=4)) is None


def test_a_later_check_comes_before_the_renewal_for_the_planned_session_whenever_the_next_might_have_been() -> None:
    course = after_session(3).course
    earliest_on = plan.earliest_from_last_dose(course)
    booked = course.appointment
    assert booked is not None
    granted = course.authorizations[-1].model_copy(
        update={"from_on": course.sessions[-1].given_on, "until_on": earliest_on + 5 * ONE_DAY, "sessions": 9}
    )
    covered = course.model_copy(update={"authorizations": (granted.model_copy(update={"lines": ()}),)})

    def planned(days: int) -> Course:
        late = datetime.combine(earliest_on + days * ONE_DAY, time(18), tzinfo=UTC)
        return covered.model_copy(update={"appointment": booked.model_copy(update={"starts_at": late})})

    assert plan.open_check(planned(0)) is None
    assert plan.open_check(planned(5)) is None
    assert plan.open_check(planned(6)) is not None
    assert plan.open_check(planned(6).model_copy(update={"edition": 1})) is None, "0.1 asks by the earliest day"


# The 28 days that carry the verdict


def pays_herself(course: PaperCourse) -> None:
    """Have the patient pay from tomorrow on: a check that opened now would open on its last day, not for a renewal."""
    agreed: dict[str, Any] = {"signed_on": course.today, "amount_cents": 150_000, "sessions": 3}
    change = f.CoverageChanged(
        from_on=course.today + ONE_DAY, pays=CoverageKind.SELF_PAY, reason="her insurance ends", **agreed
    )
    course.tell(BEN, change)
    opens_on = plan.times_of_check(course.course, course.course.sessions[-1]).opens_on
    assert opens_on > course.today, "by the new coverage"


def days_entered(course: PaperCourse) -> ResponseEvidence:
    """Have late diary days come in, and return the evidence that is put together anew."""
    course.tell(AMY, f.DiaryEntered(first_on=course.today - ONE_DAY, last_on=course.today, days=2))
    evidence = course.course.evidence
    assert evidence is not None
    assert not course.course.evidence_is_stale
    return evidence


def test_the_days_of_an_open_check_stay_as_they_were_whoever_pays_by_now() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    before = course.course.evidence
    assert before is not None

    pays_herself(course)

    now = days_entered(course)
    assert (now.window.first_on, now.window.last_on) == (before.window.first_on, before.window.last_on)
    assert now.window.last_on < course.today


def test_they_stay_too_where_the_check_is_asked_again() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    before, again_on = course.course.evidence, course.today + ONE_DAY
    assert before is not None
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.ASK_AGAIN, reason="a week is missing", ask_again_on=again_on))
    pays_herself(course)

    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)

    now = course.course.evidence
    assert now is not None
    assert now.gathered_on == again_on
    assert now.window.last_on == before.window.last_on


@pytest.mark.parametrize(("judged", "stays"), [(0, True), (-1, False)], ids=["the same day", "another day"])
def test_only_another_day_of_the_dose_moves_them(*, judged: int, stays: bool) -> None:
    course, evidence = CHECK.course, CHECK.course.evidence
    last = course.sessions[-1]
    assert evidence is not None
    window = evidence.window.model_copy(update={"last_on": evidence.window.last_on - 3 * ONE_DAY})
    seen = evidence.model_copy(update={"window": window, "judged_on": last.given_on + judged * ONE_DAY})

    found = checks.window_last_on(
        course.model_copy(update={"evidence": seen}), Judged(number=2, given_on=last.given_on)
    )

    assert (found == window.last_on) is stays
    assert (found == plan.times_of_check(course, last).window_last_on) is not stays


def test_of_another_session_they_are_reckoned_from_its_own_day() -> None:
    course, last = CHECK.course, CHECK.course.sessions[-1]
    evidence = course.evidence
    assert evidence is not None
    of_before = course.model_copy(update={"evidence": evidence.model_copy(update={"session": 1})})

    found = checks.window_last_on(of_before, Judged(number=2, given_on=last.given_on))

    assert found == plan.times_of_check(course, last).window_last_on
