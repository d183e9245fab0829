"""What a response check asks of a whole course: the diary kept for it, what it compares with, what is said of it after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from domain.care import gaps_from_day, last_answer
from domain.course import Course, DiaryLook
from domain.coverage import AuthorizationRequest, Purpose
from domain.diary import Baseline, DiaryDay, baseline_before
from domain.history import StatedCounts
from domain.plan import Judged, needs_renewal, open_check, times_of_check
from domain.response import ResponseAnswer, ResponseCheck, Verdict

UNDETERMINED = "undetermined"


def diary_look_on(course: Course) -> date | None:
    """Return the day on which somebody looks whether the diary is kept for the check that comes; None: not any more."""
    session = open_check(course)
    if course.edition < 2 or session is None or course.evidence is not None:
        return None
    if course.check_after(session.number) is not None:  # asked again: gaps are known
        return None
    if course.diary_looked is not None and course.diary_looked.session == session.number:
        return None
    return times_of_check(course, session).window_first_on + timedelta(days=gaps_from_day(course.protocol))


def gaps_to_ask(course: Course) -> DiaryLook | None:
    """Return the look at the diary after which the patient is to be asked for missing days, until the check is answered."""
    looked, session = course.diary_looked, open_check(course)
    if looked is None or session is None or looked.session != session.number:
        return None
    return looked if looked.asks and looked.asked_on is None else None


def response_for_request(course: Course, request: AuthorizationRequest) -> str | None:
    """Return what a request to go on says of the response where the diary does not show it; None where it does.

    Such a request is likely to be refused, so nobody sends it unawares.
    """
    if course.edition < 2 or request.purpose is Purpose.INITIAL:
        return None
    check = course.check_after(request.for_session - 1)
    if check is not None and check.answer is not ResponseAnswer.ASK_AGAIN:
        if check.evidence.verdict is not Verdict.UNDETERMINED:
            return None
        return f"attested: {check.basis.replace('_', ' ')}" if check.basis else UNDETERMINED
    session = open_check(course)
    if session is None or session.number != request.for_session - 1:
        return None
    evidence = course.evidence or (None if check is None else check.evidence)  # asked again: as it was seen then
    if evidence is None:
        return "not judged yet"
    verdict = evidence.verdict
    return f"{UNDETERMINED}: complete the diary or attest it first" if verdict is Verdict.UNDETERMINED else None


def unshown_response(course: Course, request: AuthorizationRequest) -> str | None:
    """Return what a request to go on lacks where the check has left the response undetermined; None where nothing.

    A payer refuses such a request, so it needs a reason. Before the check is answered or due, interim evidence goes
    out without a verdict of ours: that lacks nothing.
    """
    if request.purpose not in {Purpose.RENEWAL, Purpose.CONTINUATION}:
        return None
    said = response_for_request(course, request)
    return said if said is not None and said.startswith(UNDETERMINED) else None


def baseline_of_check(course: Course, judged: Judged, days: Iterable[DiaryDay]) -> Baseline | None:
    """Return the counts that a check compares with: the frozen ones; before session 1, those before the doses elsewhere."""
    if judged.number:
        return course.baseline
    return baseline_for(course, days, before=judged.given_on, stated=course.history.counts)


def baseline_for(
    course: Course, days: Iterable[DiaryDay], *, before: date, stated: StatedCounts | None
) -> Baseline | None:
    """Return the counts before treatment: never those of days on which doses given elsewhere already worked."""
    elsewhere = course.trial_elsewhere
    return baseline_before(
        days,
        session_1_on=min(before, elsewhere[0].given_on) if elsewhere else before,
        stated=stated,
        protocol=course.protocol,
        bounds=course.edition >= 2,
    )


def letter_wanted(course: Course) -> ResponseCheck | None:
    """Return the check whose answer goes on although the payer's rule is not met, while no letter is written.

    None once an authorization holds for the next session: the payer has agreed all the same.
    """
    check = last_answer(course)
    if course.edition < 2 or not course.is_open or check is None or check.means is None:
        return None
    if check.session != course.last_number or check.session in course.letters or not course.sessions:
        return None
    return check if needs_renewal(course) else None
