"""What a response check asks of a whole course: the diary kept for it, what it compares with, what is said of it after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from domain.care import gaps_from_day, last_answer
from domain.course import Course, DiaryLook
from domain.coverage import AuthorizationRequest, Purpose
from domain.diary import Baseline, DiaryDay, baseline_before
from domain.history import StatedCounts
from domain.plan import Judged, needs_renewal, open_check, times_of_check
from domain.response import ResponseAnswer, ResponseCheck, Verdict

UNDETERMINED = "undetermined"
TO_DO = "complete the diary or attest it first"
NOTHING_TO_DO = "the check was closed unanswered, and nobody attests it any more"


def window_last_on(course: Course, session: Judged) -> date:
    """Return the last of the 28 days that carry the verdict: they stay as they were when the check opened.

    Another payer may move the day on which it would open now, and so may the clinic's settings; only the day of the dose
    itself, when it is corrected, moves the window.
    """
    before = course.check_after(session.number)
    seen = course.evidence or (None if before is None else before.evidence)
    if seen is not None and (seen.session, seen.judged_on) == (session.number, session.given_on):
        return seen.window.last_on
    return times_of_check(course, session).window_last_on


def diary_look_on(course: Course) -> date | None:
    """Return the day on which somebody looks whether the diary is kept for the check that comes; None: not any more.

    First some days into the window, then as often as the diary is asked for, until the check opens. While the patient is
    to be asked for missing days nobody looks again.
    """
    session = open_check(course)
    if course.edition < 2 or session is None or course.evidence is not None:
        return None
    if course.check_after(session.number) is not None:  # asked again: gaps are known
        return None
    looked, times = _look_before(course, session), times_of_check(course, session)
    if looked is None:
        return times.window_first_on + timedelta(days=gaps_from_day(course.protocol))
    if looked.asks and looked.asked_on is None:
        return None
    last_on = max(looked.last_on + timedelta(days=1), looked.asked_on or looked.last_on)
    look_on = last_on + timedelta(days=course.clinic.diary_prompt_every_days)
    return look_on if look_on < times.opens_on else None


def diary_looks_ahead(course: Course) -> Iterator[tuple[str, date]]:
    """Yield the subject and day of every look at the diary until the check opens, if no day is missing till then."""
    session, look_on = open_check(course), diary_look_on(course)
    while session is not None and look_on is not None:
        yield diary_look_subject(course, session, look_on), look_on
        look = DiaryLook(
            session=session.number, first_on=look_on, last_on=look_on - timedelta(days=1), missing=0, asks=False
        )
        course = course.model_copy(update={"diary_looked": look})
        look_on = diary_look_on(course)


def diary_look_subject(course: Course, session: Judged, look_on: date) -> str:
    """Return what a look at the diary is about: each of a check has a name of its own."""
    days = (look_on - times_of_check(course, session).window_first_on).days
    later = days > gaps_from_day(course.protocol)
    return f"session-{session.number}" + (f"-day-{days}" if later else "")


def diary_days_to_look_at(course: Course, session: Judged, today: date) -> tuple[date, date]:
    """Return the first and last day that a look at the diary counts: none that the patient was asked for already."""
    looked, times = _look_before(course, session), times_of_check(course, session)
    asked_for = looked is not None and looked.asked_on is not None
    first_on = looked.last_on + timedelta(days=1) if looked is not None and asked_for else times.window_first_on
    return first_on, min(today - timedelta(days=1), times.window_last_on)


def _look_before(course: Course, session: Judged) -> DiaryLook | None:
    """Return the last look at the diary for the check after this session."""
    looked = course.diary_looked
    return looked if looked is not None and looked.session == session.number else None


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
    session, seen = open_check(course), course.evidence
    is_open = session is not None and session.number == request.for_session - 1
    if seen is None or seen.session != request.for_session - 1:
        seen = None if check is None else check.evidence  # asked again: as it was seen then
    if seen is None:
        return "not judged yet" if is_open else None
    if seen.verdict is not Verdict.UNDETERMINED:
        return None
    return f"{UNDETERMINED}: {TO_DO if is_open else NOTHING_TO_DO}"


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
