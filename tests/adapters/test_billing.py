from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import pytest

from activities.billing import ClaimState, ClaimStatus, FileClaim, IssueInvoice
from activities.failures import Conflict, Refused
from adapters.postgres.billing import PostgresBilling
from domain.claims import Claim
from readmodel import lookups
from readmodel.pool import Pool
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
