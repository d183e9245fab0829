from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest

from activities.billing import BillingActivities, ClaimState, ClaimStatus, FileClaim, IssueInvoice, RecordStep
from activities.failures import Conflict, Refused, Unavailable
from adapters.files.denial_reasons import load_denial_reasons
from adapters.postgres.billing import PostgresBilling
from domain.claim_denials import ClaimStep
from domain.claims import Claim, Frequency
from domain.denial_reasons import Questions
from readmodel import lookups
from readmodel.pool import Pool
from readmodel.whereabouts import opened_before
from runtime.settings import PROJECT
from tests.readmodel.databases import Server, a_pool

FILED = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)


def a_claim(**changes: Any) -> Claim:
    return Claim.model_validate(
        {
            "id": "s1/claim",
            "kind": "claim",
            "course_id": "c1",
            "session": 1,
            "payer_id": "aetna",
            "place_of_service": "office",
            "service_on": date(2026, 3, 2),
            "injector": "dr.lee",
            "diagnoses": ("G43.709",),
            "authorization_number": "A-17",
            "lines": (
                {"code": "64615", "quantity": 1},
                {"code": "J0585", "quantity": 155, "ndc": "00023392102"},
                {"code": "J0585", "quantity": 45, "modifiers": ("JW",), "ndc": "00023392102"},
            ),
        }
        | changes
    )


def filing(claim: Claim | None = None, key: str = "s1/claim") -> FileClaim:
    return FileClaim(key=key, claim=claim or a_claim(), filed_at=FILED)


def an_invoice(**changes: Any) -> IssueInvoice:
    claim = a_claim(id="s1/invoice", kind="invoice", payer_id=None, lines=(), **({"amount_cents": 120000} | changes))
    return IssueInvoice(key="s1/invoice", claim=claim, issued_at=FILED)


def a_status(state: ClaimState, key: str = "k1", **changes: Any) -> ClaimStatus:
    return ClaimStatus.model_validate(
        {"key": key, "claim_id": "s1/claim", "state": state, "on": date(2026, 3, 20), "recorded_at": FILED} | changes
    )


@pytest.fixture
async def billing(pool: Pool) -> PostgresBilling:
    return PostgresBilling(pool)


async def test_a_claim_is_filed_with_its_lines(billing: PostgresBilling, pool: Pool) -> None:
    filed = await billing.file_claim(filing())

    assert filed.state is ClaimState.FILED
    bill = (await lookups.bills_of(pool, "c1"))[0]
    assert (bill.number, bill.kind, bill.payer_id) == (filed.control_number, "claim", "aetna")
    assert [(line.code, line.quantity, line.modifiers) for line in bill.lines] == [
        ("64615", 1, ()),
        ("J0585", 155, ()),
        ("J0585", 45, ("JW",)),
    ]


async def test_a_retried_filing_gets_the_first_answer_also_after_the_claim_moved_on(billing: PostgresBilling) -> None:
    first = await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.ACCEPTED))

    again = await billing.file_claim(filing())

    assert (again.claim_id, again.control_number) == (first.claim_id, first.control_number)


async def test_the_same_key_with_another_claim_is_a_conflict(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())

    with pytest.raises(Conflict, match="s1/claim"):
        await billing.file_claim(filing(a_claim(authorization_number="A-18")))


async def test_a_session_has_one_original_claim(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())

    with pytest.raises(Refused, match="billed before, as s1/claim"):
        await billing.file_claim(filing(a_claim(id="other"), key="other"))


async def test_ten_who_file_one_claim_at_once_file_one(server: Server) -> None:
    async with a_pool(await server.create()) as pool:
        billing = PostgresBilling(pool)

        filed = await asyncio.gather(*(billing.file_claim(filing()) for _ in range(10)))

        assert len({one.control_number for one in filed}) == 1
        assert await pool.fetchval("select count(*) from claim") == 1
        assert await pool.fetchval("select count(*) from claim_line") == 3


async def test_a_payment_is_recorded_once_per_key(billing: PostgresBilling, pool: Pool) -> None:
    await billing.file_claim(filing())
    paid = a_status(ClaimState.PAID, amount_cents=98000, reason_codes=("CO-45",), reference="ERA-1")
    first = await billing.record_claim_status(paid)

    again = await billing.record_claim_status(paid.model_copy(update={"recorded_at": datetime.now(UTC)}))

    assert first == again
    assert (again.state, again.paid_cents) == (ClaimState.PAID, 98000)
    bill = (await lookups.bills_of(pool, "c1"))[0]
    assert (bill.reference, len(bill.remittances), bill.remittances[0].reason_codes) == ("ERA-1", 1, ("CO-45",))


async def test_a_key_that_says_something_else_is_a_conflict(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.PAID, amount_cents=1))

    with pytest.raises(Conflict):
        await billing.record_claim_status(a_status(ClaimState.PAID, amount_cents=2))


@pytest.mark.parametrize(
    ("story", "ends"),
    [
        ([ClaimState.PAID, ClaimState.ACCEPTED], ClaimState.PAID),
        ([ClaimState.DENIED, ClaimState.ACCEPTED], ClaimState.DENIED),
        ([ClaimState.DENIED, ClaimState.PAID], ClaimState.PAID),
        ([ClaimState.ACCEPTED, ClaimState.DENIED], ClaimState.DENIED),
    ],
)
async def test_a_late_acknowledgement_takes_nothing_back(
    billing: PostgresBilling, story: list[ClaimState], ends: ClaimState
) -> None:
    await billing.file_claim(filing())

    for number, state in enumerate(story):
        recorded = await billing.record_claim_status(a_status(state, key=f"k{number}"))

    assert recorded.state is ends


async def test_payments_add_up(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.PAID, key="k1", amount_cents=50000))

    recorded = await billing.record_claim_status(a_status(ClaimState.PAID, key="k2", amount_cents=48000))

    assert recorded.paid_cents == 98000


async def test_a_status_of_no_claim_is_refused(billing: PostgresBilling) -> None:
    with pytest.raises(Refused, match="no claim or invoice s1/claim"):
        await billing.record_claim_status(a_status(ClaimState.PAID))


async def test_an_invoice_is_issued_once_and_paid(billing: PostgresBilling, pool: Pool) -> None:
    first, again = await billing.issue_invoice(an_invoice()), await billing.issue_invoice(an_invoice())
    paid = await billing.record_claim_status(a_status(ClaimState.PAID, claim_id="s1/invoice", amount_cents=120000))

    assert first == again
    assert first.amount_cents == 120000
    assert (paid.state, paid.paid_cents) == (ClaimState.PAID, 120000)
    assert [bill.kind for bill in await lookups.bills_of(pool, "c1")] == ["invoice"]


async def test_an_invoice_without_an_amount_is_refused(billing: PostgresBilling) -> None:
    with pytest.raises(Refused, match="names no amount"):
        await billing.issue_invoice(an_invoice(amount_cents=None))


def a_replacement(number: int = 2, *, replaces: str = "s1/claim", **changes: Any) -> FileClaim:
    claim = a_claim(id=f"s1/claim-{number}", replaces=replaces, **({"frequency": Frequency.REPLACEMENT} | changes))
    return FileClaim(key=claim.id, claim=claim, filed_at=FILED)


def a_step(kind: str, key: str = "s1/claim/step-9", **changes: Any) -> RecordStep:
    step = {"key": key, "claim_id": "s1/claim", "session": 1, "kind": kind, "on": date(2026, 4, 1), "by": "ben.billing"}
    return RecordStep(step=ClaimStep.model_validate(step | changes), recorded_at=FILED)


async def test_a_replacement_stands_beside_its_original_and_names_it(billing: PostgresBilling, pool: Pool) -> None:
    original = await billing.file_claim(filing())

    replacement = await billing.file_claim(a_replacement())
    await billing.record_claim_step(a_step("replaced", reference="s1/claim-2"))

    first, second = await lookups.bills_of(pool, "c1")
    assert (first.number, first.frequency, first.state) == (original.control_number, "1", "replaced")
    assert (second.number, second.frequency, second.replaces) == (replacement.control_number, "7", "s1/claim")
    assert [step.kind for step in first.steps] == ["replaced"]


async def test_a_replacement_filed_twice_is_filed_once(billing: PostgresBilling, pool: Pool) -> None:
    await billing.file_claim(filing())

    first, again = await billing.file_claim(a_replacement()), await billing.file_claim(a_replacement())

    assert first == again
    assert len(await lookups.bills_of(pool, "c1")) == 2


async def test_a_claim_is_replaced_once_and_the_replacement_by_the_next(billing: PostgresBilling, pool: Pool) -> None:
    await billing.file_claim(filing())
    await billing.file_claim(a_replacement())

    with pytest.raises(Refused, match="s1/claim was replaced before, by s1/claim-2"):
        await billing.file_claim(a_replacement(3))
    await billing.file_claim(a_replacement(3, replaces="s1/claim-2", frequency=Frequency.VOID))

    assert [bill.replaces for bill in await lookups.bills_of(pool, "c1")] == [None, "s1/claim", "s1/claim-2"]


async def test_a_replacement_waits_until_what_it_replaces_is_filed(billing: PostgresBilling) -> None:
    with pytest.raises(Unavailable, match="waits for the one it replaces"):
        await billing.file_claim(a_replacement())


async def test_a_step_is_recorded_once_per_key_with_its_level_and_last_day(
    billing: PostgresBilling, pool: Pool
) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.DENIED, reason_codes=("CO-50",)))
    appealed = a_step("appealed", level=1, level_name="redetermination", last_day=date(2026, 7, 1), note="the diary")

    first, again = await billing.record_claim_step(appealed), await billing.record_claim_step(appealed)

    assert first == again
    assert first.state is ClaimState.APPEALED
    [step] = (await lookups.bills_of(pool, "c1"))[0].steps
    assert (step.level, step.level_name, step.last_day, step.by) == (
        1,
        "redetermination",
        date(2026, 7, 1),
        "ben.billing",
    )
    with pytest.raises(Conflict):
        await billing.record_claim_step(a_step("written_off"))


async def test_a_step_about_no_claim_is_refused(billing: PostgresBilling) -> None:
    with pytest.raises(Refused, match="there is no claim or invoice s1/claim"):
        await billing.record_claim_step(a_step("appealed"))


@pytest.mark.parametrize(
    ("story", "kind", "ends"),
    [
        ([ClaimState.DENIED], "appeal_won", ClaimState.ACCEPTED),
        ([ClaimState.PAID, ClaimState.REOPENED], "appeal_won", ClaimState.PAID),
        ([ClaimState.PAID, ClaimState.REOPENED], "records_sent", ClaimState.REOPENED),
        ([ClaimState.DENIED], "appeal_lost", ClaimState.DENIED),
        ([ClaimState.DENIED], "extended", ClaimState.DENIED),
        ([ClaimState.DENIED], "written_off", ClaimState.WRITTEN_OFF),
        ([ClaimState.DENIED], "patient_billed", ClaimState.PATIENT_BILLED),
        ([ClaimState.DENIED, ClaimState.PAID], "appealed", ClaimState.PAID),
        ([ClaimState.PAID], "voided", ClaimState.VOIDED),
    ],
)
async def test_where_a_claim_stands_after_what_was_done_about_it(
    billing: PostgresBilling, story: list[ClaimState], kind: str, ends: ClaimState
) -> None:
    await billing.file_claim(filing())
    for number, state in enumerate(story):
        await billing.record_claim_status(a_status(state, key=f"k{number}", amount_cents=98000))

    recorded = await billing.record_claim_step(a_step(kind))

    assert recorded.state is ends


async def test_what_is_taken_back_counts_against_what_was_paid(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.PAID, key="k1", amount_cents=98000))

    recorded = await billing.record_claim_status(a_status(ClaimState.TAKEN_BACK, key="k2", amount_cents=98000))

    assert (recorded.state, recorded.paid_cents) == (ClaimState.TAKEN_BACK, 0)


async def test_what_comes_for_a_replaced_claim_is_recorded_and_changes_nothing(
    billing: PostgresBilling, pool: Pool
) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_step(a_step("replaced"))

    recorded = await billing.record_claim_status(a_status(ClaimState.DENIED))

    assert recorded.state is ClaimState.REPLACED
    assert len((await lookups.bills_of(pool, "c1"))[0].remittances) == 1


async def test_a_claim_of_an_earlier_release_is_still_the_same_when_it_is_filed_again(
    billing: PostgresBilling, pool: Pool
) -> None:
    first = await billing.file_claim(filing())
    await pool.execute("update claim set content = content - 'frequency' - 'replaces'")

    assert await billing.file_claim(filing()) == first


async def test_a_claim_that_is_over_wakes_with_what_was_filed_and_where_it_stands(
    billing: PostgresBilling, pool: Pool
) -> None:
    await billing.file_claim(filing())
    await billing.record_claim_status(a_status(ClaimState.PAID))

    before = await opened_before(pool, "s1/claim", FILED)

    assert before is not None
    assert (before.claim, before.left_at, before.woken) == (a_claim(), "paid", True)
    assert await opened_before(pool, "s2/claim", FILED) is None


async def test_the_codes_of_a_denial_come_back_in_words_with_what_they_question(billing: PostgresBilling) -> None:
    await billing.file_claim(filing())
    activities = BillingActivities(billing, load_denial_reasons(PROJECT / "payers"))

    recorded = await activities.record_claim_status(a_status(ClaimState.DENIED, reason_codes=("CO-27", "CO-999")))

    [reason] = recorded.reasons
    assert (reason.code, reason.questions) == ("27", Questions.COVERAGE)
    assert "insurance changed" in reason.first_step
