"""An invoice waits for its payment: paid at once or in instalments, written off, overdue, after the end, after a death."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import events as e
from domain import facts as f
from domain.clinic_time import clinic_day
from domain.decide import TOLD_AFTER_CLOSING
from domain.invoices import Invoice
from domain.plan import morning_of
from domain.record import Refusal
from domain.story import story_of
from domain.waits import KINDS, Wait, WaitKind
from office.about import about_task
from office.beside import beside
from tests.domain.builders import a_clinic
from tests.kit.answers import People
from tests.kit.beginnings import TODAY, a_beginning, self_pay
from tests.kit.invariants import check_story
from tests.kit.moments import after_session, invoiced
from tests.kit.paper import PaperCourse
from tests.kit.people import AMY, BEN, DELIVERY

ONE_DAY = timedelta(days=1)
OWED = 180_000
NOBODY_PAYS = People({WaitKind.PAYMENT: lambda _: None})


def invoice_of(course: PaperCourse) -> Invoice:
    [invoice] = course.course.invoices
    return invoice


def waits_for_payment(course: PaperCourse) -> Wait:
    task = course.task(WaitKind.PAYMENT)
    assert task is not None
    return task


def pays(course: PaperCourse, **fields: Any) -> None:
    course.tell(BEN, f.InvoicePayment.model_validate(fields))


def test_it_is_due_by_the_clinic_s_days_as_billing_s_task() -> None:
    clinic = a_clinic(invoice_due_days=14)
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY), clinic=clinic))

    invoice, task = invoice_of(course), waits_for_payment(course)

    assert (invoice.amount_cents, invoice.left_cents) == (OWED, OWED)
    assert invoice.due_on == course.today + 14 * ONE_DAY
    assert task.due == morning_of(course.course, invoice.due_on)
    assert KINDS[WaitKind.PAYMENT].outlives_death


def test_an_insured_session_waits_for_no_patient() -> None:
    assert after_session(1).course.invoices == ()


def test_all_of_it_paid_nothing_is_waited_for_and_the_invoice_is_told() -> None:
    course = invoiced()

    pays(course, what="paid")

    assert invoice_of(course).left_cents == 0
    assert course.task(WaitKind.PAYMENT) is None
    [kept] = [one for one in course.events if isinstance(one, e.ClaimStepKept)]
    assert kept.step.startswith("c-1/session-1/invoice/step-")


def test_instalments_are_counted_and_the_rest_is_due_on_a_day_of_its_own() -> None:
    course = invoiced()
    course.pass_until(course.now + 3 * ONE_DAY)

    pays(course, what="instalment", amount_cents=50_000, on=course.today - ONE_DAY, next_on=course.today + 20 * ONE_DAY)
    assert (invoice_of(course).paid_cents, invoice_of(course).left_cents) == (50_000, 130_000)
    assert clinic_day(waits_for_payment(course).due, course.course.clinic.zone) == course.today + 20 * ONE_DAY
    pays(course, what="instalment", amount_cents=100_000)
    assert invoice_of(course).due_on == course.today + course.course.clinic.invoice_due_days * ONE_DAY
    pays(course, what="paid", amount_cents=30_000)

    assert [one.amount_cents for one in invoice_of(course).payments] == [50_000, 100_000, 30_000]
    assert course.task(WaitKind.PAYMENT) is None


def test_written_off_it_needs_its_reason() -> None:
    course = invoiced()
    refused = course.ask(BEN, f.InvoicePayment(what="written_off"))

    pays(course, what="written_off", reason="she has no income")

    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("reason: ")
    assert not course.course.open_invoices


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"what": "instalment"}, "amount_cents"),
        ({"what": "instalment", "amount_cents": OWED}, "amount_cents"),
        ({"what": "paid", "amount_cents": OWED - 1}, "amount_cents"),
        ({"what": "paid", "on": TODAY - ONE_DAY}, "on"),
        ({"what": "paid", "on": TODAY + 900 * ONE_DAY}, "on"),
        ({"what": "paid", "next_on": TODAY + 900 * ONE_DAY}, "next_on"),
        ({"what": "instalment", "amount_cents": 1, "next_on": TODAY}, "next_on"),
        ({"what": "paid", "session": 2}, "session"),
    ],
)
def test_what_is_wrong_with_a_payment_is_said_by_its_field(fields: dict[str, Any], field: str) -> None:
    course = invoiced()

    refused = course.ask(BEN, f.InvoicePayment.model_validate(fields))

    assert isinstance(refused, Refusal)
    assert refused.reason.startswith(f"{field}: ")
    assert invoice_of(course).payments == ()


def test_the_last_cent_but_one_is_an_instalment_and_all_of_it_is_paid() -> None:
    course = invoiced()

    pays(course, what="instalment", amount_cents=OWED - 1)
    pays(course, what="paid")

    assert [one.amount_cents for one in invoice_of(course).payments] == [OWED - 1, 1]


def test_overdue_it_is_raised_again() -> None:
    course = invoiced()

    course.pass_until(waits_for_payment(course).due + 8 * ONE_DAY)

    assert waits_for_payment(course).raised == 2


def test_an_ended_course_is_not_closed_before_it_is_paid() -> None:
    course = invoiced()
    course.tell(AMY, f.Withdrawal(reason="moves away"))
    for _ in range(12):
        course.pass_until(course.now + 10 * ONE_DAY)
        for task in course.tasks:
            answer = NOBODY_PAYS.answer(course.course, task, course.now)
            if answer is not None:
                course.ask(*answer, task=task.id)
    assert course.course.closed_on is None

    pays(course, what="paid")

    assert course.course.closed_on == course.today
    assert "invoice-payment" in TOLD_AFTER_CLOSING
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_after_a_death_a_person_decides_and_the_task_says_so() -> None:
    course = invoiced()

    course.tell(AMY, f.Death(note="her sister called"))

    task = waits_for_payment(course)
    said = {one.name for one in about_task(course.course, task, course.today)}
    assert "The patient has died" in said
    pays(course, what="written_off", reason="the estate is empty")
    check_story(course.events, course_id="c-1", patient_id="p-1")


def test_what_is_entered_with_billing_itself_counts_and_is_not_told_back() -> None:
    course = invoiced()
    told = f.ClaimTold(session=1, claim_id="c-1/session-1/invoice", what="paid", on=course.today, amount_cents=80_000)

    course.tell(DELIVERY, told)
    course.tell(DELIVERY, told.model_copy(update={"amount_cents": 100_000}))

    assert invoice_of(course).paid_cents == OWED
    assert course.task(WaitKind.PAYMENT) is None
    assert not [one for one in course.events if isinstance(one, e.ClaimStepKept)]
    assert isinstance(course.ask(DELIVERY, told), Refusal)


@pytest.mark.parametrize("first", [True, False])
def test_an_invoice_that_billing_refuses_is_none(*, first: bool) -> None:
    course = invoiced()
    opened = next(one for one in course.events if isinstance(one, e.ClaimOpened))
    if first:  # its word comes before the course has written that the invoice is on its way
        course.course = course.course.model_copy(update={"invoices": ()})
    course.tell(DELIVERY, f.BillingRefused(session=1, reason="the address is missing"))
    if first:
        course.happened(opened)
        course.settle()

    assert course.course.invoices == ()
    assert course.task(WaitKind.PAYMENT) is None
    assert course.task(WaitKind.BILLING) is not None


def test_a_course_of_the_first_edition_waits_for_none() -> None:
    course = after_session(1, beginning=a_beginning(coverage=self_pay(TODAY), edition=1))

    assert course.task(WaitKind.PAYMENT) is None


def test_it_is_told_in_sentences_and_what_is_left_stands_beside_the_task() -> None:
    course = invoiced()
    pays(course, what="instalment", amount_cents=50_000)
    pays(course, what="written_off", reason="she has no income")
    zone = course.course.clinic.zone

    said = [story_of(one, zone=zone) for one in course.events if getattr(one, "kind", "").startswith("invoice_")]

    assert said[0].startswith("The patient paid $500.00 of the invoice of session 1 on")
    assert "$1,300.00 are left, due by" in said[0]
    assert said[1] == "$1,300.00 of the invoice of session 1 are written off: she has no income"
    assert beside(WaitKind.PAYMENT, {"left": "$1,300.00 of $1,800.00"}) == "left: $1,300.00 of $1,800.00"
