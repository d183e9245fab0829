"""What a payer is asked for the next session: the request as it goes out, and whether it waits for its day."""

from __future__ import annotations

from datetime import date, timedelta

from domain.asking_payer import amendment_needed
from domain.course import Course
from domain.coverage import AuthorizationRequest, Purpose, Transition, granted_by, left
from domain.denial import Denial, DenialStep, answer_days_of_appeal
from domain.plan import TURNS, dose_of, opened_of, planned_on


def next_request(course: Course, today: date) -> AuthorizationRequest:
    """Return the request that asks the payer for the sessions it usually grants."""
    on = planned_on(course, today)
    course = course.covered_on(on)
    assert course.policy is not None, "an authorization has a payer with a policy"
    wish = amendment_needed(course, today)
    continues = wish is None and _purpose(course) is Purpose.CONTINUATION
    return AuthorizationRequest(
        number=len(course.requests) + 1,
        purpose=_purpose(course) if wish is None else wish.purpose,
        payer_id=course.coverage.payer_id if course.coverages_before else None,
        for_session=course.next_session,
        opened_on=today,
        sessions=course.policy.grant.sessions.value if wish is None else wish.sessions,
        units_per_session=opened_of(course),
        planned_units=dose_of(course).units,
        policy_version=course.policy.version,
        amends=None if wish is None else wish.request,
        until_on=None if wish is None else wish.until_on,
        reason=None if wish is None else wish.reason,
        transition=transition_of(course, on) if continues else None,
    )


def transition_of(course: Course, on: date) -> Transition | None:
    """Return the transition period that a payer is asked for who follows another in the middle of a treatment.

    It is for the sessions that the payer before had granted and that are not given, at least for the one planned for
    the day `on`. A payer is asked once. `course` has the coverage of that day.
    """
    if course.edition < TURNS or not course.coverages_before or not course.sessions:
        return None
    asked = (one.transition for one in course.requests if one.payer_id == course.coverage.payer_id)
    if any(one is not None and one.granted is not None for one in asked):
        return None
    earlier = (one.coverage.payer_id for one in reversed(course.coverages_before))
    before = next((payer for payer in earlier if payer not in {None, course.coverage.payer_id}), None)
    if before is None:
        return None
    drug = course.protocol.billing.drug_code.value
    last = next((one for one in reversed(granted_by(before, course.authorizations)) if not one.is_transition), None)
    late = timedelta(days=course.protocol.timing.latest_after_planned_days.value)
    rest = 0 if last is None else left(last, course.sessions, drug_code=drug).sessions
    until_on = on + late if last is None else max(on + late, last.until_on)
    return Transition(sessions=max(1, rest), until_on=until_on, payer_before=before)


def request_after(course: Course, denial: Denial, step: DenialStep, today: date) -> AuthorizationRequest:
    """Return the request that follows a denial: a new one, a conversation between physicians, or the next appeal."""
    anew = next_request(course, today)
    if step is DenialStep.SEND_ANEW:
        return anew.model_copy(update={"of_request": denial.number})
    denied = course.request(denial.number)
    assert denied is not None, "what was denied had been asked"
    appeals = step is DenialStep.APPEAL
    level = denial.level + 1 if appeals else None
    return AuthorizationRequest(
        number=anew.number,
        purpose=Purpose.APPEAL if appeals else Purpose.PEER_TO_PEER,
        for_session=denied.for_session,
        opened_on=today,
        sessions=denied.sessions,
        units_per_session=denied.units_per_session,
        planned_units=denied.planned_units,
        policy_version=denied.policy_version,
        of_request=denial.number,
        payer_id=denied.payer_id,
        amends=denial.number if denial.contested else denied.amends,
        reason=denial.words if denial.contested else None,
        level=level,
        last_on=denial.last_day_of(step),
        answer_days=None if level is None else answer_days_of_appeal(course.policy_of(denied.payer_id), level=level),
    )


def _purpose(course: Course) -> Purpose:
    """Return why the payer is asked: who follows another payer, or another clinic, goes on with what is under way."""
    if any(not one.is_transition for one in granted_by(course.coverage.payer_id, course.authorizations)):
        return Purpose.RENEWAL
    under_way = (course.coverages_before and course.sessions) or course.trial_elsewhere
    return Purpose.CONTINUATION if under_way else Purpose.INITIAL


def asks_at_once(course: Course, today: date) -> bool:
    """Whether the payer is asked now, not on the day that a renewal falls due.

    So it is where an authorization is to be changed, and where a payer has just followed another.
    """
    course = course.covered_on(planned_on(course, today))
    return _purpose(course) is Purpose.CONTINUATION or amendment_needed(course, today) is not None
