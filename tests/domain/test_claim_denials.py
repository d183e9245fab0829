"""A denied claim: whose move it is, until when, and what it says about the next session."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from adapters.files.denial_reasons import load_denial_reasons
from domain import events as e
from domain import facts as f
from domain import plan
from domain.billing import bill_of, hold_of, waits_to_be_billed
from domain.claim_denials import DenialState, appeal_by, is_beyond_the_last
from domain.claims import A_CODER_DECIDES, NUMBER_TO_COME, Claim, Frequency
from domain.clinic_time import day_in_words
from domain.coverage import CoverageKind
from domain.denial_reasons import Questions, group_of
from domain.ready import missing_for_clearance
from domain.record import Mark, Refusal
from domain.waits import WaitKind
from tests.domain.builders import ROOT, the_policy
from tests.kit.beginnings import a_beginning, medicare
from tests.kit.moments import after_session, claim_told, with_a_denied_claim, with_a_held_claim, with_an_appeal
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DELIVERY, DR_LEE

ONE_DAY = timedelta(days=1)
REASONS = load_denial_reasons(ROOT / "payers")


def answered(action: str, **changes: Any) -> f.DenialAnswered:
    plain: dict[str, Any] = {"action": action, "note": "seen", "next_session": "the payer agreed by telephone"}
    return f.DenialAnswered.model_validate(plain | changes)


def test_denials_of_coverage_authorization_or_necessity_question_the_next_session() -> None:
    questions = {reason.code: reason.questions for reason in REASONS.codes}

    assert {code for code, what in questions.items() if what is Questions.AUTHORIZATION} >= {"15", "197", "198"}
    assert questions["27"] is Questions.COVERAGE
    assert questions["50"] is Questions.NECESSITY
    assert [questions[code] for code in ("1", "16", "29")] == [None, None, None], "they say nothing of the next one"


def test_every_reason_names_its_source_as_sure_as_it_was_read() -> None:
    assert all(len(reason.source) > 5 and reason.first_step for reason in REASONS.codes)
    assert {reason.code for reason in REASONS.codes if reason.mark is Mark.PRIMARY} == {"15", "16", "18", "22"}


def test_a_code_is_read_with_its_group_and_an_unknown_one_stays_as_it_is() -> None:
    assert REASONS.in_words("CO-50") == "CO-50 not medically necessary"
    assert REASONS.in_words("PI-999") == "PI-999"
    assert [group_of(code) for code in ("CO-50", "pr-1", "50")] == ["CO", "PR", ""]


def test_a_denial_that_questions_coverage_stops_clearance_until_billing_has_settled_it() -> None:
    course = with_a_denied_claim()
    on = plan.earliest_from_last_dose(course.course)
    before = {missing.what for missing in missing_for_clearance(course.course, on)}

    course.tell(BEN, answered("write_off"))

    assert before == {"claim"}
    assert missing_for_clearance(course.course, on) == ()
    assert course.task(WaitKind.CLAIM_DENIED) is None


def test_a_denial_about_the_claim_alone_stops_nothing() -> None:
    course = with_a_denied_claim(reason_codes=("CO-16",), questions=())
    on = plan.earliest_from_last_dose(course.course)

    assert missing_for_clearance(course.course, on) == ()
    assert course.task(WaitKind.CLAIM_DENIED) is not None


def test_billing_says_why_the_next_session_may_be_given_all_the_same() -> None:
    refused = with_a_denied_claim().ask(BEN, answered("write_off", next_session=None))

    assert refused is not None
    assert refused.reason.startswith("next_session: the denial questions necessity")


def test_when_the_course_has_ended_there_is_no_next_session_to_answer_for() -> None:
    course = with_a_denied_claim()
    course.tell(AMY, f.Withdrawal(reason="moves away"))

    course.tell(BEN, answered("write_off", next_session=None))

    assert course.course.open_denials == ()


@pytest.mark.parametrize(("codes", "allowed"), [(("PR-1",), True), (("CO-45", "PR-1"), True), (("CO-50",), False)])
def test_only_what_the_payer_leaves_to_the_patient_is_billed_to_him(
    codes: tuple[str, ...],
    allowed: bool,
) -> None:
    course = with_a_denied_claim(reason_codes=codes)

    refused = course.ask(BEN, answered("bill_patient", amount_cents=25_000))

    assert (refused is None) is allowed
    if refused is not None:
        assert "CO-50 leaves nothing to the patient" in refused.reason


def test_the_patients_bill_needs_its_amount() -> None:
    refused = with_a_denied_claim(reason_codes=("PR-1",)).ask(BEN, answered("bill_patient"))

    assert refused is not None
    assert "amount_cents" in refused.reason


@pytest.mark.parametrize(
    ("level", "denied_on", "last_day"),
    [
        (1, date(2026, 3, 2), date(2026, 6, 30)),
        (2, date(2026, 3, 2), date(2026, 8, 29)),
        (3, date(2026, 3, 2), date(2026, 5, 1)),
        (5, date(2026, 3, 2), date(2026, 5, 1)),
        (6, date(2026, 3, 2), None),
    ],
)
def test_medicares_appeals_have_last_days_by_level(level: int, denied_on: date, last_day: date | None) -> None:
    policy = the_policy("medicare-part-b")

    assert appeal_by(policy, level=level, denied_on=denied_on) == last_day
    assert is_beyond_the_last(policy, level) is (last_day is None)


def test_where_no_levels_are_known_the_letter_says_the_last_day_and_nothing_is_beyond() -> None:
    policy = the_policy("washington-labor")

    assert appeal_by(policy, level=1, denied_on=date(2026, 3, 2)) is None
    assert not is_beyond_the_last(policy, 9)


def test_the_last_day_in_the_payers_letter_counts_before_its_policy() -> None:
    course = with_a_denied_claim(appeal_by=date(2026, 4, 1))

    assert course.course.claim_denials[0].appeal_by == date(2026, 4, 1)


def test_on_the_last_day_an_appeal_goes_out_and_on_the_day_after_it_is_refused_unless_the_payer_grants_more() -> None:
    course = with_a_denied_claim()
    [denial] = course.course.claim_denials
    assert denial.appeal_by is not None
    course.pass_until(plan.morning_of(course.course, denial.appeal_by + ONE_DAY))

    late = course.ask(BEN, answered("appeal"))
    extension = f.LastDayExtended(deadline="appeal", until_on=course.today + 5 * ONE_DAY, reference="EXT-9")
    course.tell(BEN, extension)
    course.tell(BEN, answered("appeal"))

    assert late is not None
    assert f"the payer's last day to appeal was {day_in_words(denial.appeal_by)}" in late.reason
    [now] = course.course.claim_denials
    assert now.state is DenialState.WITH_PAYER
    assert [(one.reference, one.by) for one in now.extensions] == [("EXT-9", "ben.billing")]


def test_an_appeal_sent_on_its_last_day_is_in_time_whenever_it_is_told() -> None:
    course = with_a_denied_claim()
    [denial] = course.course.claim_denials
    assert denial.appeal_by is not None
    course.pass_until(plan.morning_of(course.course, denial.appeal_by + 3 * ONE_DAY))

    course.tell(BEN, answered("appeal", sent_on=denial.appeal_by))

    assert course.course.claim_denials[0].state is DenialState.WITH_PAYER


def test_an_extension_is_longer_than_the_last_day_until_now() -> None:
    course = with_a_denied_claim()
    [denial] = course.course.claim_denials
    assert denial.appeal_by is not None

    refused = course.ask(BEN, f.LastDayExtended(deadline="appeal", until_on=denial.appeal_by, reference="EXT-9"))

    assert refused is not None
    assert f"expected a day after {day_in_words(denial.appeal_by)}" in refused.reason


def test_a_corrected_claim_goes_out_within_the_time_for_filing_only() -> None:
    course = with_a_denied_claim(questions=())
    [denial] = course.course.claim_denials
    assert denial.file_by == course.course.sessions[0].given_on + 180 * ONE_DAY
    course.course = course.course.model_copy(
        update={"claim_denials": (denial.model_copy(update={"file_by": course.today - ONE_DAY}),)}
    )

    refused = course.ask(BEN, answered("correct"))

    assert refused is not None
    assert "the payer's last day to send a corrected claim was" in refused.reason


def test_a_claim_sent_again_corrected_names_the_one_it_replaces_and_carries_the_new_number() -> None:
    course = with_a_denied_claim(reason_codes=("CO-15",))

    course.tell(BEN, answered("correct", authorization_number="A-99"))

    opened = [event for event in course.events if isinstance(event, e.ClaimOpened)]
    assert [(event.claim_id, event.replaces, event.frequency) for event in opened] == [
        ("c-1/session-1/claim", None, Frequency.ORIGINAL),
        ("c-1/session-1/claim-2", "c-1/session-1/claim", Frequency.REPLACEMENT),
    ]
    session = course.course.sessions[0]
    assert (session.claim_id, session.last_claim_id) == ("c-1/session-1/claim", "c-1/session-1/claim-2")
    again = bill_of(course.course, session.model_copy(update={"claim_outdated": True}))
    assert isinstance(again, Claim)
    assert (again.id, again.replaces, again.authorization_number) == (
        "c-1/session-1/claim-3",
        "c-1/session-1/claim-2",
        "A-99",
    )


def test_a_lost_appeal_is_billings_again_with_the_last_day_of_the_next_level() -> None:
    course = with_an_appeal()
    on = course.today

    course.tell(BEN, f.AppealAnswered(outcome="lost"))

    [denial] = course.course.claim_denials
    assert (denial.state, denial.level, denial.appeal_by) == (DenialState.OPEN, 1, on + 120 * ONE_DAY)
    assert course.task(WaitKind.CLAIM_DENIED) is not None


def test_after_the_payers_last_level_there_is_no_appeal() -> None:
    course = with_an_appeal()
    course.tell(BEN, f.AppealAnswered(outcome="lost"))
    course.tell(BEN, answered("appeal"))
    course.tell(BEN, f.AppealAnswered(outcome="lost"))

    refused = course.ask(BEN, answered("appeal"))

    assert refused is not None
    assert "no level after 2" in refused.reason


def test_a_denial_told_again_while_it_is_with_the_payer_takes_the_place_of_the_one_before() -> None:
    course = with_an_appeal()

    course.tell(DELIVERY, claim_told(on=course.today))

    first, second = course.course.claim_denials
    assert (first.state, first.how) == (DenialState.SETTLED, "denied again")
    assert (second.state, second.level) == (DenialState.OPEN, 1)


def test_a_claim_that_is_paid_settles_its_denial_wherever_it_is() -> None:
    course = with_an_appeal()

    course.tell(DELIVERY, claim_told("paid", on=course.today))

    assert [denial.how for denial in course.course.claim_denials] == ["paid"]
    assert course.task(WaitKind.CLAIM_APPEAL) is None


def test_a_review_after_payment_wants_records_and_has_nothing_to_appeal_yet() -> None:
    course = with_a_denied_claim(what="reopened", reason_codes=(), questions=(), records_by=date(2027, 1, 1))

    refused = course.ask(BEN, answered("appeal"))
    course.tell(BEN, answered("send_records"))

    assert refused is not None
    assert "nothing is denied yet" in refused.reason
    [denial] = course.course.claim_denials
    assert (denial.state, denial.level, denial.last_day) == (DenialState.WITH_PAYER, 0, date(2027, 1, 1))


def test_no_deadline_of_ours_is_moved_beyond_the_payers_last_day() -> None:
    course = with_a_denied_claim()
    [task] = course.course.waits_of(WaitKind.CLAIM_DENIED)
    shown = task.model_copy(update={"context": {"last_day": "2026-06-01"}})
    others = tuple(wait for wait in course.course.waits if wait.id != task.id)
    course.course = course.course.model_copy(update={"waits": (*others, shown)})

    beyond = course.ask(BEN, f.MoveDeadline(due_on=date(2026, 6, 2), reason="busy"), task=task.id)
    within = course.ask(BEN, f.MoveDeadline(due_on=date(2026, 6, 1), reason="busy"), task=task.id)

    assert beyond is not None
    assert "01 Jun 2026 is the payer's last day: nobody moves it" in beyond.reason
    assert within is None


def test_the_claim_of_a_session_given_in_part_waits_for_a_coder_and_goes_out_with_the_modifier() -> None:
    course = with_a_held_claim()
    held = course.course.sessions[0]
    without = course.ask(BEN, f.ClaimReleased(note="seen"))

    course.tell(BEN, f.ClaimReleased(modifier="53", note="stopped for her safety"))

    assert (held.claim_held, held.claim_id) == (A_CODER_DECIDES, None)
    assert without is not None
    assert "a coder says 52, 53 or none" in without.reason
    session = course.course.sessions[0]
    assert (session.claim_held, session.claim_id) == (None, "c-1/session-1/claim")
    claim = bill_of(course.course, session.model_copy(update={"claim_id": None}))
    assert isinstance(claim, Claim)
    assert [(line.code, line.quantity, line.modifiers) for line in claim.lines] == [
        ("64615", 1, ("53",)),
        ("J0585", 60, ()),
        ("J0585", 140, ("JW",)),
    ]


def test_a_coder_may_say_that_no_modifier_is_needed() -> None:
    course = with_a_held_claim()

    course.tell(BEN, f.ClaimReleased(modifier="none", note="full service by units"))

    session = course.course.sessions[0]
    assert (session.procedure_modifier, session.procedure_coded_by) == (None, "ben.billing")
    assert session.claim_id is not None


def test_what_is_completed_the_same_day_needs_no_coder_any_more() -> None:
    course = with_a_held_claim()
    course.tell(DR_LEE, f.AdverseEventTold(note="well again"))

    course.tell(DR_LEE, f.SessionCompleted())

    assert course.course.sessions[0].claim_held is None
    assert course.task(WaitKind.CLAIM_HELD) is None


def without_a_number(course: PaperCourse) -> PaperCourse:
    """Return the course with an approval whose number is still to come, and session 1 not billed yet."""
    [session], [granted] = course.course.sessions, course.course.authorizations
    covered = session.coverage.model_copy(update={"authorization_number": None})
    unbilled = session.model_copy(update={"coverage": covered, "claim_id": None})
    changes = {"sessions": (unbilled,), "authorizations": (granted.model_copy(update={"number": ""}),)}
    course.course = course.course.model_copy(update=changes)
    course.settle()
    return course


def test_a_claim_waits_for_the_authorizations_number_in_sight_and_goes_out_when_it_is_told() -> None:
    course = without_a_number(after_session(1))
    held = course.course.sessions[0]
    [granted] = course.course.authorizations

    course.course = course.course.model_copy(update={"authorizations": (granted.model_copy(update={"number": "A-8"}),)})
    course.settle()

    assert held.claim_held == NUMBER_TO_COME
    session = course.course.sessions[0]
    assert (session.claim_held, session.claim_id) == (None, "c-1/session-1/claim")


def test_billing_may_name_the_number_itself() -> None:
    course = without_a_number(after_session(1))
    refused = course.ask(BEN, f.ClaimReleased(note="the payer told us"))

    course.tell(BEN, f.ClaimReleased(authorization_number="A-8", note="the payer told us"))

    assert refused is not None
    assert refused.reason.startswith("authorization_number")
    assert course.course.sessions[0].claim_number == "A-8"


def test_a_course_of_an_earlier_release_bills_a_session_given_in_part_without_asking() -> None:
    course = with_a_held_claim().course
    session = course.sessions[0].model_copy(update={"claim_held": None})

    assert hold_of(course.model_copy(update={"edition": 1}), session) is None
    assert hold_of(course, session) == A_CODER_DECIDES


def outdated(course: PaperCourse, **session: Any) -> Claim | Refusal:
    """Return what is billed next when the record of session 1 has changed after its claim went out."""
    [given] = course.course.sessions
    changed = given.model_copy(update={"claim_outdated": True, **session})
    assert waits_to_be_billed(course.course, changed)
    return bill_of(course.course, changed)


def test_another_payer_is_billed_after_the_first_ones_claim_is_voided() -> None:
    course = after_session(1)

    void = outdated(course, claim_payer="washington-labor")
    then = outdated(course, claim_payer="washington-labor", claim_voided=True, replacements=("c-1/session-1/claim-2",))

    assert isinstance(void, Claim)
    assert (void.frequency, void.payer_id, void.replaces) == (
        Frequency.VOID,
        "washington-labor",
        "c-1/session-1/claim",
    )
    assert isinstance(then, Claim)
    assert (then.frequency, then.payer_id, then.replaces) == (
        Frequency.ORIGINAL,
        "northwind-commercial",
        "c-1/session-1/claim-2",
    )


def test_a_denied_claim_needs_no_void_before_another_payer_is_billed() -> None:
    course = with_a_denied_claim(reason_codes=("CO-27",))

    claim = outdated(course, claim_payer="washington-labor")

    assert isinstance(claim, Claim)
    assert (claim.frequency, claim.payer_id, claim.replaces) == (
        Frequency.ORIGINAL,
        "northwind-commercial",
        "c-1/session-1/claim",
    )


def test_an_outdated_invoice_is_corrected_by_hand() -> None:
    refused = outdated(after_session(1), claim_id="c-1/session-1/invoice")

    assert isinstance(refused, Refusal)
    assert "settle it by hand" in refused.reason


@pytest.mark.parametrize("claim_id", [None, "c-1/session-1/claim"], ids=["never filed", "refused by billing"])
def test_what_was_billed_by_hand_is_billed_by_hand_again_when_the_record_changes(claim_id: str | None) -> None:
    course = after_session(1)
    course.tell(DELIVERY, f.BillingRefused(session=1, reason="no such payer"))
    course.tell(BEN, f.BilledByHand(how="on paper"))
    [session] = course.course.sessions
    again = session.model_copy(update={"claim_id": claim_id, "claim_outdated": True})
    course.course = course.course.model_copy(update={"sessions": (again,)})
    course.settle()

    waiting, task = course.course.to_bill_by_hand, course.task(WaitKind.BILLING)
    course.tell(BEN, f.BilledByHand(how="corrected on paper"))

    assert waiting == (1,)
    assert task is not None
    assert course.task(WaitKind.BILLING) is None


def test_medicare_patients_denials_count_their_days_by_medicares_levels() -> None:
    course = after_session(1, beginning=a_beginning(coverage=medicare(date(2026, 3, 2))))

    course.tell(DELIVERY, claim_told(on=course.today))

    assert course.course.claim_denials[0].appeal_by == course.today + 120 * ONE_DAY


def test_a_denied_claim_is_settled_when_another_takes_its_place() -> None:
    course = with_a_denied_claim(reason_codes=("CO-27",), questions=(Questions.COVERAGE,))
    [session] = course.course.sessions
    course.course = course.course.model_copy(
        update={"sessions": (session.model_copy(update={"claim_outdated": True, "claim_payer": "washington-labor"}),)}
    )

    course.settle()

    [denial] = course.course.claim_denials
    assert (denial.state, denial.how) == (DenialState.SETTLED, "another claim took its place")
    assert course.task(WaitKind.CLAIM_DENIED) is None
    assert course.course.sessions[0].last_claim_id == "c-1/session-1/claim-2"


def test_told_after_a_denial_that_the_insurance_had_changed_the_new_payer_is_billed_for_that_day() -> None:
    course = with_a_denied_claim(reason_codes=("CO-27",), questions=(Questions.COVERAGE,))
    [session] = course.course.sessions
    policy = the_policy("medicare-part-b")
    changed = f.CoverageChanged(
        from_on=session.given_on,
        pays=CoverageKind.NOT_NEEDED,
        payer_id=policy.id,
        said_by="provider line",
        said_on=session.given_on,
        reason="the claim came back CO-27",
        policy=policy,
    )

    course.tell(AMY, changed)
    if course.task(WaitKind.CLAIM_HELD) is not None:
        course.tell(BEN, f.ClaimReleased(note="Medicare covers that day"))

    opened = [event for event in course.events if isinstance(event, e.ClaimOpened)]
    assert [(event.payer_id, event.frequency, event.replaces) for event in opened] == [
        ("northwind-commercial", Frequency.ORIGINAL, None),
        ("medicare-part-b", Frequency.ORIGINAL, "c-1/session-1/claim"),
    ]
    assert course.course.open_denials == ()
