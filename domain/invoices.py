"""A patient's invoice: what is paid of it, when the rest is due, and whether somebody still waits for it."""

from __future__ import annotations

from datetime import date

from domain.record import Record


class Payment(Record):
    """Money that the patient has paid."""

    on: date
    amount_cents: int


class Invoice(Record):
    """The invoice of a self-pay session. Its number is the session's; billing has one of its own."""

    number: int
    claim_id: str
    amount_cents: int
    issued_on: date
    due_on: date
    payments: tuple[Payment, ...] = ()
    written_off: bool = False

    @property
    def paid_cents(self) -> int:
        """Return what is paid so far."""
        return sum(one.amount_cents for one in self.payments)

    @property
    def left_cents(self) -> int:
        """Return what is still to be paid; nothing, once it is written off."""
        return 0 if self.written_off else max(0, self.amount_cents - self.paid_cents)

    @property
    def is_open(self) -> bool:
        """Whether money is waited for."""
        return self.left_cents > 0
