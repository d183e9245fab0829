"""Does it work? The evidence, the verdicts of protocol and payer, and what the protocol advises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Literal, TypeAlias

from domain.besides import Besides
from domain.diary import (
    HOURS_OF_A_DAY,
    Baseline,
    DiaryDay,
    WindowCounts,
    baseline_of,
    blocks_of,
    count_window,
)
from domain.dose import Dose
from domain.history import StatedCounts
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Record
from domain.renewal_rule import payers_verdict
from domain.response_words import interim_in_words, verdict_in_words
from domain.shares import exact, per_day

NOTHING_BESIDES = Besides()


class Verdict(StrEnum):
    """What the protocol's rule says."""

    RESPONSE = "response"
    PARTIAL = "partial"
    NONE = "none"
    UNDETERMINED = "undetermined"


class ResponseAnswer(StrEnum):
    """What the clinician answers."""

    CONTINUE = "continue"
    ONE_MORE = "one_more"
    DISCONTINUE = "discontinue"
    ASK_AGAIN = "ask_again"
    PAUSE = "pause"


Basis: TypeAlias = Literal["patients_statement", "recall", "hit_6", "midas", "absences", "earlier_record"]
"""What a clinician attests a response by where the diary does not show it."""


Against: TypeAlias = Literal[
    "function_improved",
    "fewer_acute_drugs",
    "wearing_off",
    "diary_not_representative",
    "other_treatment_changed",
    "tolerability",
    "patients_wish",
    "no_alternative",
    "other",
]
"""Coded reasons of a clinician who answers against the protocol's recommendation, or goes on beyond the trial."""


class Change(Record):
    """One measure before and now. Shares are of the baseline: 0.55 is 55% fewer; best and worst bound the gaps."""

    measure: str  # headache_days, migraine_days, severity, hours
    before: float
    now: float
    before_text: str  # "20 of 28 days"
    now_text: str
    share_best: float | None
    share_worst: float | None
    reaches_response: bool | None  # None: the missing days decide, or the measure decides nothing
    reaches_partial: bool | None


class ResponseEvidence(Record):
    """All that a response check shows, computed from diary and record; frozen with the answer."""

    session: int
    gathered_on: date
    window: WindowCounts
    baseline: Baseline | None
    changes: tuple[Change, ...]
    blocks: tuple[WindowCounts, ...]  # 28-day blocks of every cycle, oldest first
    missing_days: int
    days_that_would_settle: int  # the fewest missing days that can settle it; 0 when the verdict stands
    verdict: Verdict
    verdict_reason: str
    payer_met: bool | None  # None: no payer's rule applies, or undetermined
    payer_reason: str
    recommendations: tuple[ResponseAnswer, ...]  # the first is advised; the others need no reason either
    recommendation_reason: str
    besides: Besides = Besides()  # shown, decides nothing
    success: str | None = None  # the protocol's success rule is met, in words: a pause is an option
    judged_on: date | None = None  # the day of the dose that is judged; None: 0.1 did not keep it


class ResponseCheck(Record):
    """The clinician's answer after one session, with the evidence it was given on."""

    session: int
    answer: ResponseAnswer
    answered_on: date
    by: str
    reason: str | None = None
    coded_reason: Against | None = None  # where the answer is none that the protocol recommends
    ask_again_on: date | None = None
    look_again_on: date | None = None  # of a pause: when the hold is reviewed
    basis: Basis | None = None  # attested, since the diary does not show it
    evidence: ResponseEvidence
    next_dose: Dose | None = None
    means: str | None = None  # what it means for coverage, where only the payer's rule is not met
    beyond_trial: bool = False  # the clinician went on after the last trial session without response
    agreed_by: str | None = None  # the second clinician, where the clinic asks for one


def is_check_due_after(
    session: int,
    *,
    checks: Iterable[ResponseCheck],
    protocol: TreatmentProtocol,
    trial_session: int | None = None,
    renewal_due: bool = False,
    went_on_elsewhere: bool = False,
) -> bool:
    """Whether the protocol asks for a response check after `session`, given the answers after earlier sessions.

    After the sessions it names, until one was answered with `continue`; then every so many sessions, and, when the
    caller says that a renewal is due, before it. An answer of one more session asks again after that session.
    Whether the check after `session` itself was answered is not looked at. `trial_session` counts only sessions
    of at least the protocol's minimum dose; it is `session` where nothing else is said.

    Source: the protocol's `response.check_after_sessions` and `response.sessions_between_later_checks`.
    """
    rules = protocol.response
    earlier = _final(checks, before=session)
    if not earlier and went_on_elsewhere:
        return renewal_due or session >= rules.sessions_between_later_checks.value
    if not earlier:
        return _trial(session, trial_session) >= min(rules.check_after_sessions.value)
    last = earlier[-1]
    if last.answer is ResponseAnswer.CONTINUE:
        return renewal_due or session - last.session >= rules.sessions_between_later_checks.value
    return True


def _final(checks: Iterable[ResponseCheck], *, before: int) -> list[ResponseCheck]:
    """Return the checks after sessions before `before` that were answered for good, oldest first."""
    final = [check for check in checks if is_final(check) and check.session < before]
    return sorted(final, key=lambda check: check.session)


def _trial(session: int, trial_session: int | None) -> int:
    """Return the number of trial sessions so far; there may be none after several sessions given in part."""
    return session if trial_session is None else trial_session


def reason_needed(answer: ResponseAnswer, *, evidence: ResponseEvidence) -> bool:
    """Whether the clinician must give a reason: the answer is none of those that the protocol recommends."""
    return answer not in evidence.recommendations


def allowed_answers(
    session: int,
    *,
    evidence: ResponseEvidence,
    checks: Iterable[ResponseCheck],
    protocol: TreatmentProtocol,
    trial_session: int | None = None,
    went_on_elsewhere: bool = False,
) -> tuple[ResponseAnswer, ...]:
    """Return the answers that the check after `session` may have, the recommended ones first.

    After the last trial session without response there is no `one_more`: a clinician who goes on overrides the
    protocol with `continue` and a reason, and `goes_beyond_trial` marks it.

    Source: the protocol's `response.trial_sessions_max`.
    """
    stage = _stage(
        session,
        _trial(session, trial_session),
        checks=checks,
        protocol=protocol,
        went_on_elsewhere=went_on_elsewhere,
    )
    beyond = stage is Stage.LAST_TRIAL and evidence.verdict is not Verdict.RESPONSE
    allowed = [answer for answer in ResponseAnswer if not (beyond and answer is ResponseAnswer.ONE_MORE)]
    return tuple(sorted(allowed, key=lambda answer: answer not in evidence.recommendations))


def is_final(check: ResponseCheck) -> bool:
    """Whether the answer settles its check. A pause does where there was a response; else it is asked after the hold."""
    if check.answer is ResponseAnswer.PAUSE:
        return check.evidence.verdict is Verdict.RESPONSE
    return check.answer is not ResponseAnswer.ASK_AGAIN


def goes_beyond_trial(
    answer: ResponseAnswer,
    *,
    session: int,
    evidence: ResponseEvidence,
    checks: Iterable[ResponseCheck],
    protocol: TreatmentProtocol,
    trial_session: int | None = None,
    went_on_elsewhere: bool = False,
) -> bool:
    """Whether the answer takes the course past its last trial session without response: a clinician's override."""
    if answer not in {ResponseAnswer.CONTINUE, ResponseAnswer.ONE_MORE} or evidence.verdict is Verdict.RESPONSE:
        return False
    return (
        _stage(
            session,
            _trial(session, trial_session),
            checks=checks,
            protocol=protocol,
            went_on_elsewhere=went_on_elsewhere,
        )
        is Stage.LAST_TRIAL
    )


class Stage(StrEnum):
    """Where in its trial a course stands after a session."""

    INTERIM = "interim"  # too early to judge
    TRIAL = "trial"  # judged, and the protocol has another session to try
    LAST_TRIAL = "last_trial"  # judged, and it has not
    LATER = "later"  # an earlier check went on, or paused a response
    LOST = "lost"  # so it did, and the last one asked for one more to see whether the effect is lost


def _stage(
    session: int,
    trial: int,
    *,
    checks: Iterable[ResponseCheck],
    protocol: TreatmentProtocol,
    went_on_elsewhere: bool,
) -> Stage:
    earlier = _final(checks, before=session)
    if not earlier and went_on_elsewhere:
        return Stage.LATER
    if any(_went_on(check) for check in earlier):
        last = earlier[-1]
        lost = last.answer is ResponseAnswer.ONE_MORE and last.evidence.verdict is Verdict.NONE
        return Stage.LOST if lost else Stage.LATER
    if trial < min(protocol.response.check_after_sessions.value):
        return Stage.INTERIM
    return Stage.TRIAL if trial < protocol.response.trial_sessions_max.value else Stage.LAST_TRIAL


def _went_on(check: ResponseCheck) -> bool:
    """Whether the course went on for a response: also by a pause, which gives it up for a time only."""
    return check.answer is ResponseAnswer.CONTINUE or (check.answer is ResponseAnswer.PAUSE and is_final(check))


Advice = tuple[tuple[ResponseAnswer, ...], str]

_GO_ON: Advice = ((ResponseAnswer.CONTINUE,), "response: continue")
_COMPLETE: Advice = (
    (ResponseAnswer.ASK_AGAIN,),
    "undetermined: complete the diary and ask again, or attest a response with a reason",
)
_NOTHING: Advice = ((), "interim evidence: nothing is decided by it")

ADVICE: dict[Stage, dict[Verdict, Advice]] = {
    Stage.INTERIM: dict.fromkeys(Verdict, _NOTHING),
    Stage.TRIAL: {
        Verdict.RESPONSE: _GO_ON,
        Verdict.PARTIAL: ((ResponseAnswer.ONE_MORE,), "partial response: one more session"),
        Verdict.NONE: ((ResponseAnswer.ONE_MORE,), "no response yet: one more session"),
        Verdict.UNDETERMINED: (
            (ResponseAnswer.ASK_AGAIN, ResponseAnswer.ONE_MORE),
            "undetermined: complete the diary and ask again, or attest a response with a reason; else one more session",
        ),
    },
    Stage.LAST_TRIAL: {
        Verdict.RESPONSE: _GO_ON,
        Verdict.PARTIAL: ((), "partial response after the last trial session: the clinician's choice, with a reason"),
        Verdict.NONE: ((ResponseAnswer.DISCONTINUE,), "no response after the last trial session: discontinue"),
        Verdict.UNDETERMINED: _COMPLETE,
    },
    Stage.LATER: {
        Verdict.RESPONSE: _GO_ON,
        Verdict.PARTIAL: ((ResponseAnswer.ONE_MORE,), "partial response: one more session, and review the dose"),
        Verdict.NONE: (
            (ResponseAnswer.ONE_MORE,),
            "the response is lost: one more session, and review the dose; the next check decides",
        ),
        Verdict.UNDETERMINED: _COMPLETE,
    },
    Stage.LOST: {
        Verdict.RESPONSE: _GO_ON,
        Verdict.PARTIAL: ((ResponseAnswer.ONE_MORE,), "partial response: one more session, and review the dose"),
        Verdict.NONE: ((ResponseAnswer.DISCONTINUE,), "the response is lost after one more session: discontinue"),
        Verdict.UNDETERMINED: _COMPLETE,
    },
}
"""What the protocol advises by stage and verdict. No answer advised: any answer needs a reason."""
assert ADVICE.keys() == set(Stage), "every stage has its advice"
assert all(advice.keys() == set(Verdict) for advice in ADVICE.values()), "every verdict has its advice"


def gather_evidence(
    *,
    session: int,
    sessions_given_on: tuple[date, ...],
    numbers: tuple[int, ...] = (),
    days: Sequence[DiaryDay],
    baseline: Baseline | None,
    stated: StatedCounts | None,
    protocol: TreatmentProtocol,
    policy: PayerPolicy | None,
    checks: tuple[ResponseCheck, ...],
    window_last_on: date,
    today: date,
    trial_session: int | None = None,
    earlier_sessions: int = 0,
    besides: Besides = NOTHING_BESIDES,
    elsewhere_on: tuple[date, ...] = (),
    went_on_elsewhere: bool = False,
) -> ResponseEvidence:
    """Put together what a response check shows: counts, bounds, the verdicts of protocol and payer, the advice.

    `sessions_given_on` are this course's sessions in their order, `numbers` theirs: one entered in error leaves a gap. The window is the last 28 days to
    `window_last_on`, none of them before the day after `session`. `stated` is the count the payer was given; its
    rule is reckoned from that one, the protocol's from `baseline`. `earlier_sessions` were given in earlier courses
    and count for the payer's cap; `elsewhere_on` are doses given elsewhere that count for the trial: with `session` 0 the
    last of them is judged, before the first session here. The severity is a mean over the rated days, never bounded and never over
    headache-free days: that would count frequency twice.

    Source: the protocol's `response`; "at least 50% less frequency or severity", sources.md [0].
    """
    rules = protocol.response
    place = (numbers.index(session) + 1 if numbers else session) if session else 0
    last_on = sessions_given_on[place - 1] if place else elsewhere_on[-1]
    after_session_on = last_on + timedelta(days=1)
    after_first_on = (sessions_given_on[0] if sessions_given_on else last_on) + timedelta(days=1)
    first_on = max(after_session_on, window_last_on - timedelta(days=rules.window_days.value - 1))
    severe_from = rules.severe_pain_min.value if rules.severe_pain_min is not None else None
    window = count_window(days, first_on=first_on, last_on=max(first_on, window_last_on), severe_from=severe_from)
    missing_days = max(0, rules.window_days.value - window.recorded_days)
    unknown_hours = missing_days + _headaches_without_hours(days, window)
    compared = () if baseline is None else compare(baseline, window, unknown_hours=unknown_hours, protocol=protocol)
    stage = _stage(
        session,
        _trial(session, trial_session),
        checks=checks,
        protocol=protocol,
        went_on_elsewhere=went_on_elsewhere,
    )
    verdict = verdict_of(compared)
    recommended, why = ADVICE[stage][verdict]
    success = (
        None
        if stage is Stage.INTERIM
        else _success(days, first_on=after_first_on, last_on=window.last_on, protocol=protocol)
    )
    if success is not None and recommended:
        recommended = (*recommended, ResponseAnswer.PAUSE)
    payer_met, payer_reason = payers_verdict(
        session=place + len(elsewhere_on),
        sessions_in_all=len(sessions_given_on) + len(elsewhere_on) + earlier_sessions,
        window=window,
        unknown_hours=unknown_hours,
        baseline=baseline_of(stated) if stated is not None else baseline,
        reckoned_from=baseline,
        policy=policy,
        protocol=protocol,
    )
    interim = stage is Stage.INTERIM
    settling = 0 if verdict is not Verdict.UNDETERMINED else _settling(baseline, window, compared, protocol)
    return ResponseEvidence(
        session=session,
        gathered_on=today,
        window=window,
        baseline=baseline,
        changes=compared,
        blocks=blocks_of(days, sessions_given_on, today=today, protocol=protocol),
        missing_days=missing_days,
        days_that_would_settle=0 if interim else settling,
        success=success,
        verdict=Verdict.UNDETERMINED if interim else verdict,
        verdict_reason=interim_in_words(_trial(session, trial_session), protocol)
        if interim
        else verdict_in_words(
            verdict,
            changes=compared,
            baseline=baseline,
            window=window,
            missing_days=missing_days,
            settling=settling,
            protocol=protocol,
        ),
        payer_met=payer_met,
        payer_reason=payer_reason,
        recommendations=recommended,
        recommendation_reason=why,
        besides=besides,
        judged_on=last_on,
    )


def compare(
    baseline: Baseline, window: WindowCounts, *, unknown_hours: int, protocol: TreatmentProtocol
) -> tuple[Change, ...]:
    """Return each measure before and now: headache days, migraine days, severity, hours.

    Counts are whole and shares exact. A missing day bounds the count: at best it was free, at worst not.
    Periods of different length are compared per day.
    """
    rules = protocol.response
    changes = [
        _days_changed(
            "headache_days",
            before=baseline.headache_days,
            now=window.headache_days,
            baseline=baseline,
            window=window,
            protocol=protocol,
        ),
        _days_changed(
            "migraine_days",
            before=baseline.migraine_days,
            now=window.migraine_days,
            baseline=baseline,
            window=window,
            protocol=protocol,
        ),
        _severity_changed(baseline, window, protocol),
        _hours_changed(baseline, window, unknown_hours, rules.window_days.value),
    ]
    return tuple(change for change in changes if change is not None)


def _days_changed(
    measure: str, *, before: int, now: int, baseline: Baseline, window: WindowCounts, protocol: TreatmentProtocol
) -> Change | None:
    if not before:
        return None
    rules = protocol.response
    most = now + max(0, rules.window_days.value - window.recorded_days)
    # At best the unknown days before treatment all had headache and those now had none; at worst the other way round.
    best, worst = (
        1 - per_day(count, rules.window_days.value) / per_day(was, baseline.period_days)
        for count, was in ((now, before + baseline.unknown_days), (most, before))
    )
    of_days = f"of {rules.window_days.value} days"
    recorded = "" if baseline.recorded_days in {None, baseline.period_days} else f", {baseline.recorded_days} recorded"
    return Change(
        measure=measure,
        before=before,
        now=now,
        before_text=f"{_from_to(before, before + baseline.unknown_days)} of {baseline.period_days} days{recorded}",
        now_text=f"{now} {of_days}" if most == now else f"{now} to {most} {of_days}, {window.recorded_days} recorded",
        share_best=float(best),
        share_worst=float(worst),
        reaches_response=_reaches(best, worst, rules.response_share.value),
        reaches_partial=_reaches(best, worst, rules.partial_share.value) if measure == "headache_days" else None,
    )


def _from_to(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def _severity_changed(baseline: Baseline, window: WindowCounts, protocol: TreatmentProtocol) -> Change | None:
    """Return the change of the mean worst pain on headache days, or None where it was never rated.

    With too few rated days it is shown and not judged.
    """
    if not baseline.severity or window.severity is None:
        return None
    rules = protocol.response
    judged = (
        baseline.rated_days >= rules.severity_rated_days_baseline_min.value
        and window.rated_days >= rules.severity_rated_days_window_min.value
    )
    share = 1 - exact(window.severity) / exact(baseline.severity)
    return Change(
        measure="severity",
        before=baseline.severity,
        now=window.severity,
        before_text=f"{baseline.severity:.1f} on {baseline.rated_days} headache days",
        now_text=f"{window.severity:.1f} on {window.rated_days} headache days"
        + ("" if judged else "; too few rated days: severity cannot be judged"),
        share_best=float(share) if judged else None,
        share_worst=float(share) if judged else None,
        reaches_response=share >= exact(rules.response_share.value) if judged else None,
        reaches_partial=None,
    )


def _hours_changed(baseline: Baseline, window: WindowCounts, unknown_days: int, window_days: int) -> Change | None:
    """Return the change of the hours with headache. They are shown and decide nothing in the protocol's rule."""
    if not baseline.hours:
        return None
    most = exact(window.hours) + unknown_days * HOURS_OF_A_DAY
    before = exact(baseline.hours) / baseline.period_days
    return Change(
        measure="hours",
        before=baseline.hours,
        now=window.hours,
        before_text=f"{baseline.hours:g} hours in {baseline.period_days} days",
        now_text=f"{window.hours:g} hours in {window_days} days"
        + (f", unknown on {unknown_days} days" if unknown_days else ""),
        share_best=float(1 - exact(window.hours) / window_days / before),
        share_worst=float(1 - most / window_days / before),
        reaches_response=None,
        reaches_partial=None,
    )


def _headaches_without_hours(days: Iterable[DiaryDay], window: WindowCounts) -> int:
    recorded = {day.on: day for day in days if window.first_on <= day.on <= window.last_on}
    return sum(day.headache and day.hours is None for day in recorded.values())


def _reaches(best: Fraction, worst: Fraction, share: float) -> bool | None:
    least = exact(share)
    return True if worst >= least else False if best < least else None


def verdict_of(changes: Iterable[Change]) -> Verdict:
    """Return the protocol's verdict on what was compared.

    Headache days, migraine days or severity at the response's share carry it; partial needs headache days. A
    severity that cannot be judged carries nothing. Where the missing days decide, the verdict is undetermined.
    """
    measured = {change.measure: change for change in changes}
    if "headache_days" not in measured:
        return Verdict.UNDETERMINED
    deciding = [change for change in measured.values() if change.measure != "hours" and change.share_best is not None]
    if any(change.reaches_response for change in deciding):
        return Verdict.RESPONSE
    partial = measured["headache_days"].reaches_partial
    if partial is None or any(change.reaches_response is None for change in deciding):
        return Verdict.UNDETERMINED
    return Verdict.PARTIAL if partial else Verdict.NONE


def _success(days: Sequence[DiaryDay], *, first_on: date, last_on: date, protocol: TreatmentProtocol) -> str | None:
    """Return in words that the headache has been rare for so long that a pause is an option; None without the rule.

    Days without an entry count as headache days. It is shown and never decides.

    Source: the protocol's `response.success`.
    """
    if protocol.response.success is None:
        return None
    rule, block = protocol.response.success.value, timedelta(days=protocol.response.window_days.value)
    counted: list[int] = []
    for month in range(rule.months):
        until = last_on - month * block
        since = until - block + timedelta(days=1)
        if since < first_on:
            return None
        found = count_window(days, first_on=since, last_on=until)
        counted.append(found.headache_days + found.days - found.recorded_days)
    if max(counted) >= rule.headache_days_below:
        return None
    return (
        f"{', '.join(str(count) for count in reversed(counted))} headache days in the last {rule.months} months of "
        f"{block.days} days, below {rule.headache_days_below}: a pause is an option"
    )


def _settling(
    baseline: Baseline | None, window: WindowCounts, changes: tuple[Change, ...], protocol: TreatmentProtocol
) -> int:
    """Return the fewest missing days that can settle the verdict, if they say the right thing; 0 if none can."""
    if baseline is None or not changes:
        return 0
    missing = protocol.response.window_days.value - window.recorded_days
    for told in range(1, missing + 1):
        for headaches, migraines in ((0, 0), (told, 0), (told, told)):
            then = window.model_copy(
                update={
                    "recorded_days": window.recorded_days + told,
                    "headache_days": window.headache_days + headaches,
                    "migraine_days": window.migraine_days + migraines,
                }
            )
            if verdict_of(compare(baseline, then, unknown_hours=0, protocol=protocol)) is not Verdict.UNDETERMINED:
                return told
    return 0
