"""When the next session, its response check and its renewal fall.

The day of a session is day 0. Days are whole clinic-local days; D + 84 is allowed, D + 83 is not.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from domain.clinic import Clinic
from domain.clinic_time import day_in_words, next_working_day, working_days_before
from domain.payer import DrugSource, PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Record

LATE_DAYS_MAX = 366
"""A renewal that would make a session a year late is a mistake in the payer's policy."""


YEAR_DAYS = 365
"""A payer that pays so many sessions a year is taken to mean any 365 days (unverified): the later of both readings."""


class SessionDates(Record):
    """The days of one session. `reason` names the clock that set the earliest one."""

    earliest_on: date
    recommended_on: date
    latest_on: date
    reason: str


class CheckTimes(Record):
    """When a response check opens and is due, and the days that carry its verdict, both included."""

    opens_on: date
    due_on: date
    window_first_on: date
    window_last_on: date


class Bound(StrEnum):
    """Which bound moved the opening of a response check."""

    NONE = "none"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"


class RenewalForecast(Record):
    """Whether a renewal can carry the answered check and still keep the planned session.

    If not, there is a choice: the renewal goes out on `renewal_due_on` with interim evidence, or it waits for the
    check and the session is `late_days` late.
    """

    renewal_due_on: date
    check_opens_on: date
    check_due_on: date
    bound: Bound
    needs_interim_evidence: bool
    late_days: int
    reason: str


def interval_days(*, protocol: TreatmentProtocol, policy: PayerPolicy | None) -> int:
    """Return the least days between two doses: the later of the protocol's and the payer's own.

    Source: the protocol's `timing.interval_days_min` and the policy's.
    """
    payers = 0 if policy is None else policy.timing.interval_days_min.value
    return max(protocol.timing.interval_days_min.value, payers)


def session_dates(
    *,
    last_doses_on: tuple[date, ...],
    not_before: date,
    protocol: TreatmentProtocol,
    policy: PayerPolicy | None,
    clinic: Clinic,
    covered_until: date | None,
    paid_on: tuple[date, ...] = (),
) -> SessionDates:
    """Return the earliest, recommended and latest day of the next session.

    Every earlier dose counts, whoever gave it and however small. Recommended is the first working day from the
    earliest; latest the earlier of the protocol's last day and the last covered one, which may lie before the
    earliest: then nothing covers the session yet. `paid_on` are the days of the sessions that this payer has paid.

    Source: the protocol's `timing.interval_days_min` and `timing.latest_after_planned_days`, the policy's interval and
    `timing.sessions_per_year`.
    """
    protocols_days = protocol.timing.interval_days_min.value
    days = interval_days(protocol=protocol, policy=policy)
    earliest_on, reason = not_before, f"no dose is known before; not before {day_in_words(not_before)}"
    if last_doses_on:
        last_on = max(last_doses_on)
        whose = "the protocol's" if days == protocols_days else "the payer's"
        reason = f"{days} days after the dose of {day_in_words(last_on)}, {whose} interval"
        if last_on + timedelta(days=days) < not_before:
            reason = f"the interval is over; not before {day_in_words(not_before)}"
        earliest_on = max(last_on + timedelta(days=days), not_before)
    again_on = _paid_again_on(paid_on, policy)
    if again_on is not None and again_on > earliest_on:
        earliest_on, reason = again_on, "the payer has paid the sessions of a year"
    latest_on = earliest_on + timedelta(days=protocol.timing.latest_after_planned_days.value)
    if covered_until is not None and covered_until < latest_on:
        latest_on = covered_until
        reason += f"; covered until {day_in_words(covered_until)}"
    return SessionDates(
        earliest_on=earliest_on,
        recommended_on=next_working_day(earliest_on, clinic),
        latest_on=latest_on,
        reason=reason,
    )


def _paid_again_on(paid_on: tuple[date, ...], policy: PayerPolicy | None) -> date | None:
    """Return the first day on which the payer pays one more session of the year; None: its year has room."""
    cap = None if policy is None else policy.timing.sessions_per_year
    if cap is None or len(paid_on) < cap.value:
        return None
    return sorted(paid_on)[-cap.value] + timedelta(days=YEAR_DAYS)


def too_many_a_year(paid_on: tuple[date, ...], on: date, policy: PayerPolicy | None) -> tuple[date, date] | None:
    """Return the first and last of the sessions, one of them on the day `on`, that are more than the payer's year has room for.

    None where its year has room, or it has no cap. What was given later counts as well: a session may be told late.

    Source: the policy's `timing.sessions_per_year`.
    """
    cap = None if policy is None else policy.timing.sessions_per_year
    if cap is None:
        return None
    days = sorted((*paid_on, on))
    groups = ((first, last) for first, last in zip(days, days[cap.value :], strict=False) if first <= on <= last)
    return next(((first, last) for first, last in groups if (last - first).days < YEAR_DAYS), None)


def drug_lead(*, planned_on: date, drug_source: DrugSource, clinic: Clinic) -> date:
    """Return the last day on which the drug for a session planned on `planned_on` is ordered in time.

    The clinic's stock lead is in working days, the specialty pharmacy's in calendar days.

    Source: the clinic's own settings; 2 working days from the maker, sources.md [D11]; 21 days unverified.
    """
    if drug_source is DrugSource.CLINIC_STOCK:
        return working_days_before(planned_on, clinic.stock_lead_working_days, clinic)
    return planned_on - timedelta(days=clinic.pharmacy_lead_days)


def renewal_due_on(
    *,
    planned_on: date,
    policy: PayerPolicy,
    drug_source: DrugSource,
    clinic: Clinic,
    answer_days: int | None = None,
) -> date:
    """Return the day on which the renewal for a session planned on `planned_on` must be sent.

    Backwards from the session: the clinic's preparation, the payer's time to answer, the drug.
    `answer_days` replaces the policy's time where the clinic knows its own.
    """
    answer = policy.timing.answer_days.value if answer_days is None else answer_days
    answered_on = planned_on - timedelta(days=clinic.preparation_days)
    return drug_lead(planned_on=answered_on - timedelta(days=answer), drug_source=drug_source, clinic=clinic)


def check_times(
    *,
    session_given_on: date,
    planned_on: date,
    renewal_due_on: date | None,
    protocol: TreatmentProtocol,
    clinic: Clinic,
) -> CheckTimes:
    """Return when the response check after a session opens and is due.

    It opens early enough for the renewal, within the protocol's bounds: before the first there is nothing to judge,
    after the second the effect wears off. Without a renewal it opens at the second. The window is the last 28 days
    that are over on the morning it opens, all after the session: only a check that opens 28 days after the session
    has its own day in it. The window does not move when the check is asked again.

    Source: the protocol's `timing.check_not_before_days`, `timing.check_not_after_days`, `response.window_days`.
    """
    opens_on, _ = _check_opens(session_given_on, renewal_due_on, protocol, clinic)
    window_days = timedelta(days=protocol.response.window_days.value)
    window_last_on = max(opens_on - timedelta(days=1), session_given_on + window_days)
    return CheckTimes(
        opens_on=opens_on,
        due_on=min(opens_on + timedelta(days=clinic.clinician_days), planned_on - timedelta(days=1)),
        window_first_on=window_last_on - window_days + timedelta(days=1),
        window_last_on=window_last_on,
    )


def _check_opens(
    session_given_on: date, renewal_due_on: date | None, protocol: TreatmentProtocol, clinic: Clinic
) -> tuple[date, Bound]:
    first_on = session_given_on + timedelta(days=protocol.timing.check_not_before_days.value)
    last_on = session_given_on + timedelta(days=protocol.timing.check_not_after_days.value)
    if renewal_due_on is None:
        return last_on, Bound.NOT_AFTER
    opens_on = renewal_due_on - timedelta(days=clinic.clinician_days)
    if opens_on < first_on:
        return first_on, Bound.NOT_BEFORE
    return (last_on, Bound.NOT_AFTER) if opens_on > last_on else (opens_on, Bound.NONE)


def renewal_forecast(
    *,
    session_given_on: date,
    planned_on: date,
    policy: PayerPolicy,
    drug_source: DrugSource,
    protocol: TreatmentProtocol,
    clinic: Clinic,
    answer_days: int | None = None,
) -> RenewalForecast:
    """Return, on the day of a session, whether the renewal for the next can wait for the response check.

    `late_days` are the fewest days by which the next session must move so that a renewal sent on the day the check
    is due is in time; 0 when it is in time anyway.
    """

    def due_for(planned: date) -> date:
        return renewal_due_on(
            planned_on=planned, policy=policy, drug_source=drug_source, clinic=clinic, answer_days=answer_days
        )

    due_on = due_for(planned_on)
    opens_on, bound = _check_opens(session_given_on, due_on, protocol, clinic)
    check_due_on = min(opens_on + timedelta(days=clinic.clinician_days), planned_on - timedelta(days=1))
    late_days = 0
    while due_for(planned_on + timedelta(days=late_days)) < check_due_on:
        late_days += 1
        assert late_days < LATE_DAYS_MAX, "the payer's time to answer ends within a year"
    return RenewalForecast(
        renewal_due_on=due_on,
        check_opens_on=opens_on,
        check_due_on=check_due_on,
        bound=bound,
        needs_interim_evidence=late_days > 0,
        late_days=late_days,
        reason=_forecast_in_words(due_on, check_due_on, late_days),
    )


def _forecast_in_words(due_on: date, check_due_on: date, late_days: int) -> str:
    if not late_days:
        return f"the check is answered by {day_in_words(check_due_on)} and the renewal is due on {day_in_words(due_on)}"
    return (
        f"the renewal is due on {day_in_words(due_on)}, before the check is answered ({day_in_words(check_due_on)}): "
        f"send it with interim evidence, or the session is {late_days} days late"
    )
