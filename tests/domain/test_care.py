"""What the patient tells between two sessions, and what a clinician looks at."""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from typing import Any

import pytest

from domain import checks, plan
from domain import events as e
from domain import facts as f
from domain.care import effects_to_review, sites_to_review, taper_to_ask, wearing_off_to_answer
from domain.coverage import ApprovalAnswer, Purpose
from domain.denial import DenialStep
from domain.diary import DiaryDay
from domain.follows import what_follows
from domain.history import CheckElsewhere, CountSource, EarlierDose
from domain.messages import post_of
from domain.payer import Counts
from domain.people import Actor
from domain.ready import missing_for_clearance
from domain.record import Refusal
from domain.response import ResponseAnswer, Verdict
from domain.story import story_of
from domain.waits import KINDS, WaitKind
from tests.domain.builders import a_history, counts, the_protocol
from tests.domain.builders import diary as days_of_diary
from tests.kit.answers import People, Situation, approved
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.diaries import RESPONDS_AT_ONCE, SEVERITY_ONLY, Diary, a_diary, no_diary
from tests.kit.moments import (
    BIRTHDAY,
    a_minor,
    after_session,
    at,
    came_of_age,
    wearing_off,
    with_a_red_flag,
    with_ptosis,
    withdrawn,
)
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DELIVERY, DR_LEE, NINA

ONE_DAY = timedelta(days=1)
ASKED = ("double_vision", "swallowing", "general_weakness")


def reason_of(refused: Refusal | None) -> str:
    assert refused is not None, "it is refused"
    return refused.reason


# Adverse events


def test_ptosis_is_a_clinicians_task_and_stops_nothing() -> None:
    course = with_ptosis()

    assert course.task(WaitKind.EFFECT_REVIEW) is not None
    assert course.task(WaitKind.SITES_REVIEW) is not None
    assert course.course.red_flags == ()
    assert [(one.effect, one.after_session) for one in course.course.adverse_events] == [("ptosis", 1)]


def test_neck_pain_is_recorded_and_is_nobodys_task() -> None:
    course = after_session(1)

    course.tell(AMY, f.AdverseEventTold(effect="neck_pain", note="stiff for two days"))

    assert course.task(WaitKind.EFFECT_REVIEW) is None
    assert course.task(WaitKind.SITES_REVIEW) is None


def test_who_looks_at_ptosis_asks_for_double_vision_swallowing_and_weakness() -> None:
    course = with_ptosis()

    refused = course.ask(NINA, f.AdverseEventReview(asked=("double_vision",), note="the lid only"))

    assert reason_of(refused) == "asked: ask for swallowing, general_weakness too"


def test_what_the_questions_bring_up_is_a_red_flag_from_then_on() -> None:
    course = with_ptosis()

    course.tell(NINA, f.AdverseEventReview(asked=ASKED, red_flags=("double_vision",), note="sees double"))

    assert course.course.red_flags[0].red_flags == ("double_vision",)
    assert course.task(WaitKind.RED_FLAG) is not None
    assert course.task(WaitKind.EFFECT_REVIEW) is None


def test_ptosis_is_looked_at_again_until_it_is_over() -> None:
    course = with_ptosis()
    course.tell(NINA, f.AdverseEventReview(asked=ASKED, note="the lid only"))

    assert course.task(WaitKind.EFFECT_REVIEW) is not None
    assert course.course.adverse_events[0].look_again_on == course.today + 14 * ONE_DAY

    course.tell(AMY, f.AdverseEventEnd(note="opens again"))

    assert course.task(WaitKind.EFFECT_REVIEW) is None
    assert course.course.adverse_events[0].ended_on == course.today


def test_no_session_is_cleared_before_somebody_has_looked_at_the_sites() -> None:
    course = with_ptosis().course

    why = [one.why for one in missing_for_clearance(course, course.started_on + 120 * ONE_DAY)]
    looked = [one.model_copy(update={"sites_reviewed_on": course.started_on}) for one in course.adverse_events]
    after = course.model_copy(update={"adverse_events": tuple(looked)})

    assert "nobody has looked at the planned sites after adverse event 1" in why
    assert sites_to_review(after) == ()


def test_a_serious_event_is_over_only_when_it_is_decided_whether_it_is_reported() -> None:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(serious=True, note="in hospital after a seizure"))

    assert "reported" in reason_of(course.ask(DR_LEE, f.AdverseEventEnd()))
    assert "report:" in reason_of(course.ask(DR_LEE, f.AdverseEventReview(note="known epilepsy")))
    course.tell(DR_LEE, f.AdverseEventReview(report=True, note="known epilepsy"))

    assert course.course.adverse_events[0].reported is True
    assert effects_to_review(course.course) == ()


def test_a_serious_red_flag_is_lifted_only_with_the_decision_whether_it_is_reported() -> None:
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(red_flags=("breathing",), serious=True, note="ambulance"))

    assert "report:" in reason_of(course.ask(DR_LEE, f.RedFlagReview(lift=True, note="asthma")))
    course.tell(DR_LEE, f.RedFlagReview(lift=False, note="in hospital"))
    course.tell(DR_LEE, f.RedFlagReview(lift=True, note="asthma", report=False))

    assert course.course.red_flags == ()
    assert effects_to_review(course.course) == ()


FAULTY: list[tuple[f.AdverseEventTold, str]] = [
    (f.AdverseEventTold(effect="hiccups", note="x"), "effect: unknown hiccups; expected ptosis"),
    (f.AdverseEventTold(session=7, note="x"), "session: there is no session 7"),
]


@pytest.mark.parametrize(("fact", "why"), FAULTY, ids=["effect", "session"])
def test_what_the_protocol_or_the_course_does_not_know_is_refused(fact: f.AdverseEventTold, why: str) -> None:
    assert why in reason_of(after_session(1).ask(AMY, fact))


def test_it_begins_on_a_day_that_has_come_and_not_before_its_session() -> None:
    course = after_session(1)
    tomorrow, before = course.today + ONE_DAY, course.today - ONE_DAY

    ahead = course.ask(AMY, f.AdverseEventTold(onset_on=tomorrow, note="x"))
    too_early = course.ask(AMY, f.AdverseEventTold(onset_on=before, session=1, note="x"))
    course.tell(AMY, f.AdverseEventTold(onset_on=before, note="a cold"))

    assert "has come" in reason_of(ahead)
    assert "after that day" in reason_of(too_early)
    assert course.course.adverse_events[0].after_session is None, "it began before session 1"


@pytest.mark.parametrize("moment", [withdrawn, PaperCourse], ids=["after the end", "before any session"])
def test_an_adverse_event_can_be_told_and_looked_at_at_any_time(moment: Any) -> None:
    course = moment()
    course.tell(AMY, f.AdverseEventTold(effect="ptosis", note="the left eyelid hangs"))

    course.tell(NINA, f.AdverseEventReview(asked=ASKED, note="the lid only"))
    course.tell(NINA, f.AdverseEventEnd())

    assert course.course.adverse_events[0].ended_on is not None


def test_a_message_with_a_red_flag_is_answered_at_once_and_once_with_the_protocols_words() -> None:
    course = after_session(1)
    by_phone = course.events[-1].model_copy(update={"number": course.course.number})
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), channel="message", note="cannot swallow"))
    told = next(event for event in reversed(course.events) if isinstance(event, e.AdverseEventRecorded))

    post = post_of(told, course.course)

    assert [(one.key, one.send_at) for one in post.messages] == [("c-1/red_flag_advice/1", told.at)]
    assert post.messages[0].parameters == {"advice": the_protocol().safety.red_flag_advice.value}
    assert not any(one.kind == "red_flag_advice" for one in post_of(by_phone, course.course).messages)


def test_a_red_flag_told_on_the_telephone_is_answered_by_who_takes_the_call() -> None:
    course = with_a_red_flag()
    told = next(event for event in reversed(course.events) if isinstance(event, e.AdverseEventRecorded))

    assert post_of(told, course.course).messages == ()


def test_who_is_on_call_has_the_task_that_nobody_answered_and_it_says_so() -> None:
    course = with_a_red_flag()
    wait = course.task(WaitKind.RED_FLAG)
    assert wait is not None

    course.happened(e.TaskEscalated(wait=wait.id, to="dr.khan", look_at=course.now + ONE_DAY))

    late = course.task(WaitKind.RED_FLAG)
    assert late is not None
    assert (late.owner, late.raised, late.look_at) == ("dr.khan", 1, course.now + ONE_DAY)
    assert [one.result for one in late.attempts] == ["nobody answered in time; who is on call has it now"]


def test_an_adverse_event_of_an_earlier_cycle_asks_for_no_look_at_the_sites() -> None:
    course = at(WaitKind.SESSION_RESULT, times=2)
    event = with_ptosis().course.adverse_events[0]
    later = course.course.model_copy(update={"adverse_events": (event,)})

    assert sites_to_review(later) != ()
    second = later.sessions[0].model_copy(update={"number": 2})
    assert sites_to_review(later.model_copy(update={"sessions": (*later.sessions, second)})) == ()


# Wearing-off, other drugs, scores


def test_when_the_effect_wears_off_a_clinician_bridges_and_nothing_is_given_earlier() -> None:
    course = wearing_off()
    before = plan.earliest_from_last_dose(course.course)

    course.tell(NINA, f.WearingOffAnswer(bridge="nerve_block", for_next_dose="195 with follow-the-pain"))

    assert course.task(WaitKind.WEARING_OFF) is None
    [told] = course.course.besides.wearing_off
    assert (told.session, told.week, told.bridge, told.for_next_dose) == (
        1,
        10,
        "nerve_block",
        "195 with follow-the-pain",
    )
    assert plan.earliest_from_last_dose(course.course) == before


def test_a_bridge_that_the_protocol_does_not_know_is_refused() -> None:
    assert "bridge: unknown prayer" in reason_of(wearing_off().ask(NINA, f.WearingOffAnswer(bridge="prayer")))


def test_the_wear_off_of_the_cycle_before_waits_for_nobody_once_the_next_session_is_given() -> None:
    course = wearing_off().course
    given_again = course.model_copy(
        update={"sessions": (*course.sessions, course.sessions[0].model_copy(update={"number": 2}))}
    )

    assert wearing_off_to_answer(course) != ()
    assert wearing_off_to_answer(given_again) == ()


def test_other_drugs_wear_off_and_scores_stand_beside_the_curve_and_change_no_verdict() -> None:
    course, plain = after_session(2), at(WaitKind.RESPONSE_CHECK).course.evidence
    course.tell(AMY, f.MedicationChanged(drug="erenumab", drug_class="cgrp", change="started", elsewhere=True))
    course.tell(AMY, f.ScoreRecorded(instrument="hit_6", value=66))
    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    course.tell(AMY, f.WearingOffTold(week=6))

    evidence = course.course.evidence

    assert evidence is not None
    assert plain is not None
    assert [one.drug for one in evidence.besides.medications] == ["erenumab"]
    assert [one.value for one in evidence.besides.scores] == [66]
    assert [one.week for one in evidence.besides.wearing_off] == [6], "told while the check was open"
    assert evidence.verdict is plain.verdict
    assert evidence.changes == plain.changes


UNKNOWN = [
    (f.ScoreRecorded(instrument="hit_6", value=20), "value: expected 36 to 78 for HIT-6"),
    (f.ScoreRecorded(instrument="mood", value=20), "instrument: unknown mood; expected hit_6, midas"),
    (f.MedicationChanged(drug="x", drug_class="luck", change="started"), "drug_class: expected one of"),
]


@pytest.mark.parametrize(("fact", "why"), UNKNOWN, ids=["too low", "no such score", "no such class"])
def test_what_cannot_be_is_refused_with_what_was_expected(fact: Any, why: str) -> None:
    assert why in reason_of(after_session(1).ask(AMY, fact))


def test_after_a_response_and_not_before_a_clinician_is_asked_whether_other_preventives_are_tapered() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    assert course.task(WaitKind.TAPER) is None

    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))
    asked = course.task(WaitKind.TAPER)
    course.tell(NINA, f.TaperAnswer(answer="none_taken"))

    assert asked is not None
    assert asked.subject == "session-2"
    assert course.task(WaitKind.TAPER) is None


def test_who_takes_no_other_preventive_is_asked_again_only_when_one_was_started_since() -> None:
    course = at(WaitKind.TAPER)
    course.tell(NINA, f.TaperAnswer(answer="none_taken"))
    course.go_on(People(), until=WaitKind.RESPONSE_CHECK)
    started = deepcopy(course)
    started.tell(AMY, f.MedicationChanged(drug="topiramate", drug_class="anticonvulsant", change="started"))

    for one in (course, started):
        one.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))

    assert course.task(WaitKind.TAPER) is None
    assert started.task(WaitKind.TAPER) is not None


# The payer disagrees


def test_severity_alone_goes_on_without_a_reason_and_says_what_it_means_and_a_letter_is_written() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=SEVERITY_ONLY)

    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))

    [check] = course.course.checks
    assert check.means is not None
    assert "likely to be denied; send HIT-6, MIDAS, hours, severe days and a letter" in check.means
    assert course.task(WaitKind.LETTER) is not None
    course.tell(NINA, f.LetterWritten(note="half the pain on as many days"))
    assert course.task(WaitKind.LETTER) is None
    assert course.course.letters == (2,)


def test_where_the_payers_rule_is_met_or_the_patient_pays_there_is_no_letter() -> None:
    responds = at(WaitKind.RESPONSE_CHECK)
    pays = at(WaitKind.RESPONSE_CHECK, diary=SEVERITY_ONLY, beginning=a_beginning(coverage=self_pay(TODAY)))

    for course in (responds, pays):
        course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE))

        assert course.course.checks[0].means is None
        assert course.task(WaitKind.LETTER) is None


def test_a_letter_is_no_longer_needed_once_the_payer_has_agreed_all_the_same() -> None:
    course = at(WaitKind.LETTER, diary=SEVERITY_ONLY)
    waiting = course.course
    course.go_on(People({WaitKind.LETTER: lambda _: None, WaitKind.TAPER: lambda _: None}), until=WaitKind.READINESS)

    assert checks.letter_wanted(waiting) is not None
    assert checks.letter_wanted(course.course) is None
    assert course.task(WaitKind.LETTER) is None


def test_a_course_that_0_1_began_is_asked_nothing_new() -> None:
    asked = at(WaitKind.LETTER, diary=SEVERITY_ONLY).course
    old = asked.model_copy(update={"edition": 1})

    assert (checks.letter_wanted(asked), taper_to_ask(asked)) != (None, None)
    assert (checks.letter_wanted(old), taper_to_ask(old)) == (None, None)


# The diary has gaps


def test_half_way_through_the_days_that_count_the_patient_is_asked_for_those_that_are_missing() -> None:
    course = at(WaitKind.DIARY_GAPS, diary=no_diary)

    [session] = [one for one in course.course.sessions if one.number == 2]
    looked = course.course.diary_looked

    assert looked is not None
    assert looked.missing == 14
    window = plan.times_of_check(course.course, session).window_first_on
    assert (looked.first_on, looked.last_on) == (window, window + 13 * ONE_DAY)
    course.tell(AMY, f.DiaryGapsAsked(result="the booklet is lost"))
    assert course.task(WaitKind.DIARY_GAPS) is None


def stops_on_day(day: int) -> Diary:
    """Return a diary that is kept until so many days of the window of the check after session 2 are over."""
    kept = a_diary()
    window = plan.times_of_check(after_session(2).course, after_session(2).course.sessions[1]).window_first_on
    return lambda on, given_on: kept(on, given_on) if on < window + day * ONE_DAY else None


def looks(course: PaperCourse) -> list[tuple[int, bool]]:
    return [(event.missing, event.asks) for event in course.events if isinstance(event, e.DiaryLooked)]


def test_a_diary_that_stops_on_day_15_is_asked_for_a_week_later() -> None:
    course = at(WaitKind.DIARY_GAPS, diary=stops_on_day(15))

    window = plan.times_of_check(course.course, course.course.sessions[1]).window_first_on
    assert looks(course) == [(0, False), (6, True)]
    assert course.today == window + 21 * ONE_DAY
    assert course.course.evidence is None, "the check is not open yet"


def test_while_the_patient_is_to_be_asked_nobody_looks_again_and_there_is_one_task() -> None:
    course = at(WaitKind.DIARY_GAPS, diary=no_diary)
    course.pass_until(course.now + 10 * ONE_DAY)

    assert looks(course) == [(14, True)]
    assert len(course.course.waits_of(WaitKind.DIARY_GAPS)) == 1


def test_days_that_were_asked_for_are_not_asked_for_again() -> None:
    course = at(WaitKind.DIARY_GAPS, diary=no_diary)
    course.tell(AMY, f.DiaryGapsAsked(result="the booklet is lost"))
    course.pass_until(course.now + 6 * ONE_DAY)
    assert len(looks(course)) == 1

    course.pass_until(course.now + ONE_DAY)

    assert looks(course) == [(14, True), (7, True)], "the days since then only"


def test_nobody_looks_once_the_check_is_open() -> None:
    course = at(WaitKind.RESPONSE_CHECK)
    opened = len(looks(course))
    course.pass_until(course.now + 10 * ONE_DAY)

    assert opened == 2, "on day 14 and day 21; on day 28 the check opens"
    assert len(looks(course)) == opened
    assert checks.diary_look_on(course.course) is None


def test_of_whom_who_keeps_the_diary_nothing_is_asked() -> None:
    course = at(WaitKind.RESPONSE_CHECK)

    assert any(isinstance(event, e.DiaryLooked) and not event.asks for event in course.events)
    assert not any(
        isinstance(event, e.WaitOpened) and event.wait.kind is WaitKind.DIARY_GAPS for event in course.events
    )


def test_what_is_remembered_of_a_week_is_shown_as_recall_and_settles_nothing() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary)
    before = course.course.evidence
    first_on = course.today - 10 * ONE_DAY

    course.tell(AMY, f.DiaryRecall(week_from=first_on, headache_days=2, migraine_days=1))
    course.tell(AMY, f.DiaryRecall(week_from=first_on, headache_days=3, migraine_days=1))

    evidence = course.course.evidence
    assert before is not None
    assert evidence is not None
    assert [one.headache_days for one in evidence.besides.recalled] == [3], "the later word for a week counts"
    assert evidence.verdict is Verdict.UNDETERMINED
    assert evidence.changes == before.changes


NOT_RECALLED = [(-3, 2, 1, "a week that is over"), (-20, 2, 3, "at most headache_days")]


@pytest.mark.parametrize(("ago", "headache", "migraine", "why"), NOT_RECALLED, ids=["not over", "more migraine"])
def test_a_week_is_over_before_it_is_remembered(ago: int, headache: int, migraine: int, why: str) -> None:
    course = after_session(1)
    week = f.DiaryRecall(week_from=course.today + timedelta(days=ago), headache_days=headache, migraine_days=migraine)

    assert why in reason_of(course.ask(AMY, week))


def test_where_the_diary_shows_nothing_nobody_goes_on_in_silence() -> None:
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary)

    refused = course.ask(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, reason="feels better"))
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, basis="absences"))

    assert "basis: the verdict is undetermined; ask again, or attest" in reason_of(refused)
    [check] = course.course.checks
    assert (check.basis, check.reason, check.evidence.verdict) == (
        "absences",
        "attested: absences",
        Verdict.UNDETERMINED,
    )
    assert course.task(WaitKind.TAPER) is not None, "an attested response is one"


def test_a_response_that_the_diary_shows_is_not_attested() -> None:
    course = at(WaitKind.RESPONSE_CHECK)

    refused = course.ask(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, basis="absences"))

    assert "attested only where the verdict is undetermined" in reason_of(refused)


def test_a_renewal_says_that_the_response_is_undetermined_until_it_is_attested() -> None:
    nobody = People({WaitKind.RESPONSE_CHECK: lambda _: None})
    course = at(WaitKind.SUBMIT_PACKET, times=2, diary=no_diary, people=nobody)
    request = course.course.open_request
    assert request is not None
    course.go_on(nobody, until=WaitKind.RESPONSE_CHECK)

    unattested = checks.response_for_request(course.course, request)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, basis="hit_6"))

    assert unattested == "undetermined: complete the diary or attest it first"
    assert checks.response_for_request(course.course, request) == "attested: hit 6"
    assert checks.response_for_request(course.course, course.course.requests[0]) is None


def with_an_open_renewal(*, diary: Diary = no_diary) -> PaperCourse:
    """Return a course whose renewal is to be sent while its check is open."""
    nobody = People({WaitKind.RESPONSE_CHECK: lambda _: None, WaitKind.SUBMIT_PACKET: first_request_only})
    course = at(WaitKind.RESPONSE_CHECK, diary=diary, people=nobody)
    course.go_on(nobody, until=WaitKind.SUBMIT_PACKET)
    return course


def first_request_only(seen: Situation) -> tuple[Actor, Any] | None:
    return None if seen.course.sessions else (AMY, f.PacketSubmitted())


def renewal(course: PaperCourse) -> str:
    task = course.task(WaitKind.SUBMIT_PACKET)
    assert task is not None
    return task.id


def test_a_renewal_is_not_sent_as_undetermined_without_a_reason() -> None:
    course = with_an_open_renewal()

    refused = course.ask(AMY, f.PacketSubmitted(), task=renewal(course))
    course.tell(AMY, f.PacketSubmitted(reason="the payer closes the file on Friday"), task=renewal(course))

    assert "reason: the response is undetermined: complete the diary or attest it first" in reason_of(refused)
    [sent] = [one for one in course.events if isinstance(one, e.PacketSubmitted) and one.request == 2]
    assert sent.reason == "the payer closes the file on Friday"


def test_a_check_that_is_asked_again_leaves_the_renewal_undetermined() -> None:
    nobody = People({WaitKind.RESPONSE_CHECK: lambda _: None, WaitKind.SUBMIT_PACKET: first_request_only})
    course = at(WaitKind.RESPONSE_CHECK, diary=no_diary, people=nobody)
    again_on = plan.renewal_from_last_dose(course.course)
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.ASK_AGAIN, ask_again_on=again_on))
    course.go_on(nobody, until=WaitKind.SUBMIT_PACKET)

    refused = course.ask(AMY, f.PacketSubmitted(), task=renewal(course))

    assert "reason: the response is undetermined" in reason_of(refused)


def kept_until_session_4(on: date, given_on: tuple[date, ...]) -> DiaryDay | None:
    return RESPONDS_AT_ONCE(on, given_on) if len(given_on) < 4 else None


def test_a_check_that_a_yes_has_closed_leaves_what_is_sent_after_it_undetermined() -> None:
    course = after_session(4, diary=kept_until_session_4)
    nobody = People({WaitKind.RESPONSE_CHECK: lambda _: None, WaitKind.SUBMIT_PACKET: lambda _: None})
    course.go_on(nobody, until=WaitKind.SUBMIT_PACKET)
    assert course.task(WaitKind.RESPONSE_CHECK) is not None
    course.tell(AMY, f.PacketSubmitted(reason="the payer closes the file on Friday"), task=renewal(course))
    task = course.task(WaitKind.PAYER_ANSWER)
    assert task is not None
    course.tell(*approved(Situation(course.course, task, course.now), units=310, counts=Counts.BILLED), task=task.id)
    course.tell(AMY, f.ApprovalAnswered(answer=ApprovalAnswer.CONTEST, reason="two vials of 200 are opened"))
    course.tell(BEN, f.DenialStepChosen(step=DenialStep.SEND_ANEW))

    assert course.task(WaitKind.RESPONSE_CHECK) is None
    refused = course.ask(AMY, f.PacketSubmitted(), task=renewal(course))

    assert "reason: the response is undetermined: the check was closed unanswered" in reason_of(refused)
    course.tell(AMY, f.PacketSubmitted(reason="its physician has asked for it"), task=renewal(course))


def test_a_renewal_is_sent_as_it_is_once_the_response_is_attested() -> None:
    course = with_an_open_renewal()
    course.tell(DR_LEE, f.Response(answer=ResponseAnswer.CONTINUE, basis="hit_6"))

    assert course.ask(AMY, f.PacketSubmitted(), task=renewal(course)) is None


def test_a_renewal_whose_response_the_diary_shows_needs_no_reason() -> None:
    course = with_an_open_renewal(diary=RESPONDS_AT_ONCE)

    assert course.ask(AMY, f.PacketSubmitted(reason="in time"), task=renewal(course)) is None
    [sent] = [one for one in course.events if isinstance(one, e.PacketSubmitted) and one.request == 2]
    assert sent.reason is None


def test_before_a_check_is_due_a_request_goes_out_with_interim_evidence_and_needs_no_reason() -> None:
    course = after_session(1, diary=no_diary)
    course.tell(AMY, f.AuthorizationWithdrawn(from_on=course.today + timedelta(days=1), reason="the plan has ended"))
    course.go_on(People({WaitKind.SUBMIT_PACKET: lambda _: None}), until=WaitKind.SUBMIT_PACKET)

    assert course.ask(AMY, f.PacketSubmitted(), task=renewal(course)) is None


# Seventeen


def test_for_a_minor_who_answers_for_him_consents_and_he_agrees() -> None:
    course = a_minor()
    plain: dict[str, Any] = {"goals": ("half",), "consent_signed_on": course.today}

    assert "consented_by" in reason_of(course.ask(DR_LEE, f.Goals(**plain)))
    assert "assent" in reason_of(course.ask(DR_LEE, f.Goals(**plain, consented_by="guardian")))
    course.tell(DR_LEE, f.Goals(**plain, consented_by="guardian", assent=True))

    assert course.course.consented_by == "guardian"


def test_nobody_consents_for_who_is_of_age() -> None:
    fact = f.Goals(goals=("half",), consent_signed_on=TODAY, consented_by="guardian", assent=True)

    assert "of age" in reason_of(PaperCourse().ask(DR_LEE, fact))


def test_on_the_birthday_the_course_is_told_and_own_consent_is_asked_before_the_next_session() -> None:
    course = came_of_age()

    assert course.today == BIRTHDAY
    assert [one.on for one in course.events if isinstance(one, e.CameOfAge)] == [BIRTHDAY]
    missing = {one.what for one in missing_for_clearance(course.course, BIRTHDAY)}
    assert "own consent" in missing

    course.tell(DR_LEE, f.OwnConsent(signed_on=BIRTHDAY))

    assert "own consent" not in {one.what for one in missing_for_clearance(course.course, BIRTHDAY)}
    assert course.task(WaitKind.OWN_CONSENT) is None


def test_the_rule_reads_the_day_of_each_session_and_not_of_the_intake() -> None:
    course = a_minor()
    course.go_on(People(), until=WaitKind.CLEARANCE)

    def missing_on(on: date) -> bool:
        return any(one.what == "own consent" for one in missing_for_clearance(course.course, on))

    assert not missing_on(BIRTHDAY - ONE_DAY)
    assert missing_on(BIRTHDAY)


def test_an_own_consent_is_signed_on_the_birthday_or_later() -> None:
    refused = came_of_age().ask(DR_LEE, f.OwnConsent(signed_on=BIRTHDAY - ONE_DAY))

    assert "signed_on: expected a day from" in reason_of(refused)


def test_who_comes_of_age_while_a_clinician_still_decides_on_it_is_simply_eligible_then() -> None:
    history = a_history(taken_on=TODAY, age_years=17, comes_of_age_on=TODAY + 5 * ONE_DAY)
    course = PaperCourse(a_beginning(history=history))
    assert course.task(WaitKind.ELIGIBILITY) is not None

    course.pass_until(course.now + 6 * ONE_DAY)

    assert course.task(WaitKind.ELIGIBILITY) is None
    assert course.course.eligibility_settled_on == TODAY + 5 * ONE_DAY
    course.tell(DR_LEE, f.Goals(goals=("half",), consent_signed_on=course.today))
    assert course.course.consented_by == "patient"


# Given elsewhere


def elsewhere(
    *ago: int, checks: tuple[CheckElsewhere, ...] = (), diary: Diary = RESPONDS_AT_ONCE, **changes: Any
) -> PaperCourse:
    """Return a course of a patient to whom full doses were given elsewhere, so many days ago."""
    plain: dict[str, Any] = {"units": 155, "source": CountSource.EARLIER_RECORD}
    doses = tuple(EarlierDose(given_on=TODAY - one * ONE_DAY, **{**plain, **changes}) for one in ago)
    before = counts(source=CountSource.EARLIER_RECORD, stated_on=TODAY - 200 * ONE_DAY)
    history = a_history(taken_on=TODAY, counts=before, earlier_doses=doses, checks_elsewhere=checks)
    return PaperCourse(a_beginning(history=history), diary=diary)


def test_with_two_sessions_given_elsewhere_and_no_check_the_check_comes_before_the_first_session_here() -> None:
    course = elsewhere(150, 66, diary=no_diary)
    course.go_on(People({WaitKind.RESPONSE_CHECK: lambda _: None}), until=WaitKind.CLEARANCE)

    missing = [one.why for one in missing_for_clearance(course.course, course.today)]
    check = course.task(WaitKind.RESPONSE_CHECK)

    assert missing == ["the response check on what was given elsewhere is not answered"]
    assert check is not None
    assert check.subject == "session-0"
    assert course.course.evidence is not None
    assert course.course.evidence.baseline is not None
    assert course.course.evidence.baseline.source is CountSource.EARLIER_RECORD


def test_the_84_days_are_counted_from_the_last_dose_elsewhere_whatever_shows_it() -> None:
    course = elsewhere(60, source=CountSource.RECALL, units=None)

    assert plan.earliest_from_last_dose(course.course) == TODAY + 24 * ONE_DAY
    assert course.course.trial_sessions == 0


NOT_COUNTED = [
    ({"source": CountSource.RECALL}, "the patient's word"),
    ({"units": 100}, "less than a full dose"),
    ({"units": None}, "unknown units"),
    ({"product": "other"}, "another toxin"),
]


@pytest.mark.parametrize(("changes", "why"), NOT_COUNTED, ids=[why for _, why in NOT_COUNTED])
def test_for_the_trial_only_a_documented_full_dose_of_this_drug_counts(changes: dict[str, Any], why: str) -> None:
    assert elsewhere(150, 66).course.trial_sessions == 2
    assert elsewhere(150, 66, **changes).course.trial_sessions == 0, why


def test_what_was_given_before_a_long_gap_belongs_to_another_treatment() -> None:
    assert elsewhere(400, 150, 66).course.trial_sessions == 2
    assert elsewhere(400, 300).course.trial_sessions == 0


def test_a_response_that_the_other_clinic_found_is_no_question_any_more() -> None:
    found = CheckElsewhere(answered_on=TODAY - 20 * ONE_DAY, responded=True, note="20 -> 8")
    course = elsewhere(150, 66, checks=(found,))

    assert plan.open_check(course.course) is None
    given = course.course
    course.go_on(People(), until=WaitKind.SAFETY_CALL)
    assert given.went_on_elsewhere
    assert len(course.course.sessions) == 1


def test_the_first_request_here_goes_on_with_what_was_begun_elsewhere() -> None:
    course = elsewhere(150, 66)
    course.go_on(People(), until=WaitKind.SUBMIT_PACKET)

    assert [(one.purpose, one.for_session) for one in course.course.requests] == [(Purpose.CONTINUATION, 1)]


def test_days_on_which_doses_elsewhere_already_worked_are_no_baseline() -> None:
    course = elsewhere(150, 66)
    treated = days_of_diary(TODAY - 28 * ONE_DAY, headaches=6)

    baseline = checks.baseline_for(course.course, treated, before=TODAY, stated=course.course.history.counts)

    assert baseline is not None
    assert (baseline.headache_days, baseline.source) == (20, CountSource.EARLIER_RECORD)


def test_a_dose_told_later_gives_up_an_appointment_that_is_too_early_by_then() -> None:
    course = after_session(1)
    booked = course.course.appointment
    course.pass_until(course.now + 40 * ONE_DAY)
    course.tell(AMY, f.DoseElsewhere(given_on=course.today, units=50, source=CountSource.RECALL))

    assert booked is not None
    moved = course.course.appointment
    assert moved is not None
    assert moved.number > booked.number
    assert plan.too_early(course.course) is None
    assert "known already" in reason_of(
        course.ask(AMY, f.DoseElsewhere(given_on=course.today, source=CountSource.RECALL))
    )
    assert "has come" in reason_of(
        course.ask(AMY, f.DoseElsewhere(given_on=course.today + ONE_DAY, source=CountSource.RECALL))
    )


def test_who_answers_for_a_minor_agrees_to_pay() -> None:
    history = a_history(taken_on=TODAY, age_years=17, comes_of_age_on=BIRTHDAY)
    course = PaperCourse(a_beginning(history=history, coverage=self_pay(TODAY)))
    agreed: dict[str, Any] = {"signed_on": TODAY, "amount_cents": 130_000, "sessions": 4}

    refused = course.ask(AMY, f.SelfPayAgreed(**agreed))
    course.tell(AMY, f.SelfPayAgreed(**agreed, signed_by="guardian"))

    assert "signed_by" in reason_of(refused)
    assert course.course.coverage.self_pay is not None
    assert course.course.coverage.self_pay.signed_by == "guardian"


# Advice that could not be sent


def with_advice_not_sent() -> PaperCourse:
    """Return a course of a patient without messages, who texted of a red flag; a message on an appointment failed too."""
    course = after_session(1)
    course.tell(AMY, f.AdverseEventTold(red_flags=("swallowing",), channel="message", note="food gets stuck"))
    for kind in ("red_flag_advice", "appointment_planned"):
        course.tell(DELIVERY, f.MessageUndelivered(key=f"c-1/{kind}/1", message=kind, status="failed"))
    return course


def test_red_flag_advice_that_was_not_sent_is_a_call_within_a_quarter_of_an_hour() -> None:
    course = with_advice_not_sent()

    call, other = course.task(WaitKind.CALL_AT_ONCE), course.task(WaitKind.UNDELIVERED)

    assert call is not None
    assert call.due == course.now + timedelta(minutes=15)
    assert KINDS[call.kind].escalates
    assert KINDS[call.kind].outlives_end
    assert other is not None


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (WaitKind.CALL_AT_ONCE, WaitKind.UNDELIVERED),
        (WaitKind.UNDELIVERED, WaitKind.CALL_AT_ONCE),
    ],
)
def test_who_told_of_an_appointment_has_not_said_the_advice_nor_the_other_way_round(
    said: WaitKind, left: WaitKind
) -> None:
    course = with_advice_not_sent()
    task = course.task(said)
    assert task is not None

    course.tell(AMY, f.ReachedOtherwise(how="by telephone"), task=task.id)

    assert course.task(said) is None
    assert course.task(left) is not None


def test_the_story_says_that_no_advice_went_out() -> None:
    course = with_advice_not_sent()

    told = [story_of(event, zone=course.course.clinic.zone) for event in course.events]

    assert any("red flag advice was not sent: somebody must call the patient at once" in one for one in told)


@pytest.mark.parametrize(
    ("flags", "cleared", "said"), [(("swallowing",), True, True), ((), True, False), (("swallowing",), False, False)]
)
def test_a_red_flag_told_of_a_cleared_session_says_at_once_that_nothing_is_given(
    *, flags: tuple[str, ...], cleared: bool, said: bool
) -> None:
    course = at(WaitKind.SESSION_RESULT if cleared else WaitKind.CLEARANCE)

    course.tell(AMY, f.AdverseEventTold(red_flags=flags, note="food gets stuck since yesterday"))

    told = next(event for event in course.events if isinstance(event, e.AdverseEventRecorded))
    stop = "session 1 is cleared: nothing is given until a clinician lifts the stop"
    assert what_follows(told, course.course) == ((stop,) if said else ())
