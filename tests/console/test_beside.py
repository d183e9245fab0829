"""What stands beside a task in lists: in words, and nothing that stands elsewhere in the row."""

from __future__ import annotations

import re

import pytest

from domain.waits import WaitKind
from office.beside import beside
from tests.kit.moments import at

REQUEST = {"payer": "northwind-commercial", "purpose": "renewal", "for_session": "3"}
TOLD = [
    (WaitKind.SUBMIT_PACKET, REQUEST, "renewal, from session 3"),
    (WaitKind.CHASE_PAYER, REQUEST | {"reason": "new payer"}, "renewal, from session 3; new payer"),
    (
        WaitKind.PAYER_ANSWER,
        REQUEST | {"response": "undetermined", "last_day": "2027-04-02"},
        "renewal, from session 3; response undetermined; last day 02 Apr 2027",
    ),
    (
        WaitKind.DIARY_GAPS,
        {"missing": "12", "first_on": "2027-03-20", "last_on": "2027-04-09"},
        "12 days missing, 20 Mar 2027 to 09 Apr 2027",
    ),
    (
        WaitKind.DENIAL,
        {"reason": "step_therapy", "letter": "", "first_step": "peer_to_peer", "peer_to_peer": "until 2027-04-09"},
        "step therapy; advised: peer to peer, until 09 Apr 2027",
    ),
    (
        WaitKind.CLAIM_DENIED,
        {"session": "2", "what": "units", "says": "too many", "first_step": "correct_and_resend"},
        "units: too many; advised: correct and resend",
    ),
    (WaitKind.EFFECT_REVIEW, {"effect": "neck_pain", "asks": "", "serious": "no"}, "neck pain"),
    (WaitKind.MISSED_VISITS, {"no_show": "2", "cancelled_by_patient": "1"}, "2 no show, 1 cancelled by patient"),
    (WaitKind.UNPAID_UNITS, {"units": "45"}, "45 units"),
    (WaitKind.OUTSIDE, {"what": "book-session"}, "what: book-session"),
    (WaitKind.BOOKING, {}, ""),
]


@pytest.mark.parametrize(("kind", "context", "said"), TOLD, ids=[f"{kind}-{said[:12]}" for kind, _, said in TOLD])
def test_a_context_reads_as_people_say_it(kind: WaitKind, context: dict[str, str], said: str) -> None:
    assert beside(kind, context) == said


@pytest.mark.parametrize("kind", [WaitKind.SUBMIT_PACKET, WaitKind.PAYER_ANSWER, WaitKind.CLEARANCE])
def test_a_course_on_its_way_says_neither_its_payer_nor_a_field_by_name(kind: WaitKind) -> None:
    said = [beside(wait.kind, wait.context) for wait in at(kind).course.waits_of(kind)]

    assert said
    assert not re.search(r"northwind|for session|purpose|\d{4}-\d\d-\d\d", " ".join(said))
