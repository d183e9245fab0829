"""Who may do what: the table of docs/rules.md, cell by cell."""

from __future__ import annotations

import pytest

from domain.decide import DECISIONS, decide
from domain.facts import Request
from domain.people import Actor, Role
from domain.record import Refusal
from domain.rights import LICENSED, RIGHTS, may_work_on
from domain.waits import KINDS, WaitKind
from tests.kit import examples
from tests.kit.paper import PaperCourse
from tests.kit.people import ADA, AMY, DR_LEE, NINA, ONE_OF_EACH_ROLE

TABLE = """
                       operations clinician billing admin system
eligibility-decision   -          yes       -       -     -
goals                  -          yes       -       -     -
dose-elsewhere         yes        yes       -       -     -
own-consent            -          yes       -       -     -
packet-submitted       yes        yes       yes     -     -
payer-chased           yes        -         yes     -     -
authorization-decision yes        -         yes     -     -
authorization-amended  yes        -         yes     -     -
authorization-withdrawn yes       -         yes     -     -
approval-answered      yes        -         yes     -     -
unpaid-units           -          -         yes     -     -
coverage-changed       yes        -         yes     -     -
transition-answered    yes        -         yes     -     -
lapse-answered         yes        -         yes     -     -
book                   yes        yes       -       -     -
move                   yes        yes       -       -     -
cancel                 yes        yes       -       -     -
earlier-wanted         yes        yes       -       -     -
earlier-answered       yes        yes       -       -     -
readiness              yes        yes       -       -     -
not-ready              yes        yes       -       -     -
clearance              -          yes       -       -     -
session-given          yes        yes       -       -     -
not-given              yes        yes       -       -     -
missed-visits          -          yes       -       -     -
session-completed      yes        yes       -       -     -
dose-planned           -          yes       -       -     -
record-signed          -          yes       -       -     -
safety-call            yes        yes       -       -     -
adverse-event          yes        yes       yes     yes   -
red-flag-reviewed      -          yes       -       -     -
adverse-event-reviewed -          yes       -       -     -
adverse-event-ended    yes        yes       -       -     -
sites-reviewed         -          yes       -       -     -
diary-recall           yes        yes       -       -     -
diary-gaps-asked       yes        yes       -       -     -
wearing-off            yes        yes       -       -     -
wearing-off-answered   -          yes       -       -     -
medication-changed     yes        yes       -       -     -
score-recorded         yes        yes       -       -     -
taper-answered         -          yes       -       -     -
letter-written         -          yes       -       -     -
response               -          yes       -       -     -
try-again              yes        -         -       yes   -
diary-entered          yes        yes       -       -     -
withdraw               yes        yes       -       yes   -
reopen                 -          -         -       yes   -
hold                   yes        yes       yes     yes   -
resume                 yes        yes       yes     yes   -
pregnancy              yes        yes       yes     yes   -
end                    yes        yes       -       yes   -
death                  yes        yes       yes     yes   -
death-reviewed         -          yes       -       -     -
handed-over            yes        yes       -       -     -
contact-attempt        yes        yes       yes     yes   -
take                   yes        yes       yes     yes   -
release                yes        yes       yes     yes   -
assign                 yes        yes       yes     yes   -
attempt                yes        yes       yes     yes   -
deadline               yes        yes       yes     yes   -
roll-over              -          -         -       yes   -
message-undelivered    -          -         -       -     yes
reached-otherwise      yes        yes       -       -     -
self-pay-agreed        yes        -         yes     -     -
denial-step            yes        yes       yes     -     -
ask-payer              yes        -         yes     -     -
trial-told             yes        yes       -       -     -
self-pay-confirmed     -          -         yes     -     -
more-time-granted      yes        -         yes     -     -
at-clinics-risk        -          -         yes     yes   -
clinic-changed         -          -         -       yes   -
billing-refused        -          -         -       -     yes
billed-by-hand         -          -         yes     -     -
invoice-payment        -          -         yes     -     -
claim-told             -          -         -       -     yes
claim-denial           -          -         yes     -     -
claim-appeal           -          -         yes     -     -
claim-extension        -          -         yes     -     -
deviation-reviewed     -          yes       -       -     -
correction             yes        yes       yes     yes   -
told-anew              yes        yes       -       -     -
claim-released         -          -         yes     -     -
"""


def _cells() -> list[tuple[str, Role, bool]]:
    head, *rows = TABLE.strip().splitlines()
    roles = [Role(name) for name in head.split()]
    cells = []
    for kind, *marks in (row.split() for row in rows):
        cells += [(kind, role, mark == "yes") for role, mark in zip(roles, marks, strict=True)]
    return cells


@pytest.mark.parametrize(("kind", "role", "allowed"), _cells())
def test_each_role_may_do_what_the_table_says_and_nothing_else(kind: str, role: Role, allowed: bool) -> None:
    course = PaperCourse().course
    request = Request(request_id="r", by=ONE_OF_EACH_ROLE[role], fact=examples.FACTS[kind])

    decided = decide(course, request, now=course.waits[0].since)

    refused_for_the_role = isinstance(decided, Refusal) and decided.reason.startswith(f"`{kind}` is for")
    assert refused_for_the_role is not allowed


def test_the_table_knows_every_kind_of_request() -> None:
    assert {kind for kind, _, _ in _cells()} == RIGHTS.keys() == DECISIONS.keys() == examples.FACTS.keys()


@pytest.mark.parametrize("kind", sorted(LICENSED))
def test_what_touches_the_injection_is_for_clinicians_licensed_to_inject(kind: str) -> None:
    course = PaperCourse().course
    request = Request(request_id="r", by=NINA, fact=examples.FACTS[kind])

    decided = decide(course, request, now=course.waits[0].since)

    assert isinstance(decided, Refusal)
    assert "licensed to inject" in decided.reason


@pytest.mark.parametrize("kind", [kind for kind in WaitKind if KINDS[kind].role is not None])
def test_a_task_is_worked_on_by_its_own_role_and_handed_on_by_an_admin(kind: WaitKind) -> None:
    told = KINDS[kind]
    for role, actor in ONE_OF_EACH_ROLE.items():
        refused = may_work_on(actor, told.role, licensed=told.licensed)
        assert (refused is None) is (role in {told.role, Role.ADMIN})
    unlicensed = Actor(user_id="x", role=Role.CLINICIAN)
    if told.licensed:
        assert may_work_on(unlicensed, told.role, licensed=True) is not None


@pytest.mark.parametrize("kind", [kind for kind in WaitKind if KINDS[kind].role is None])
def test_what_ends_by_itself_is_nobodys_to_work_on(kind: WaitKind) -> None:
    assert all(may_work_on(actor, KINDS[kind].role, licensed=False) for actor in (AMY, DR_LEE, ADA))


def test_every_task_is_answered_by_facts_that_its_role_may_tell() -> None:
    for kind, told in KINDS.items():
        for fact in told.answered_by:
            assert told.role in RIGHTS[fact], f"{kind}: {told.role} may not tell {fact}"
