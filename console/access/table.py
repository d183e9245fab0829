"""What each role may see and do in the console and the API. One table; what a course takes is `domain.rights`."""

from __future__ import annotations

from enum import StrEnum

from domain.people import Role

OPERATIONS, CLINICIAN, BILLING, ADMIN = Role.OPERATIONS, Role.CLINICIAN, Role.BILLING, Role.ADMIN
ALL = frozenset({OPERATIONS, CLINICIAN, BILLING, ADMIN})


class Act(StrEnum):
    """Something that a person sees or does in the console."""

    SEE_WORKLIST = "see the worklist"
    SEE_COURSE = "see a course"
    SEE_HISTORY = "see the story of a course"
    SEE_TEMPORAL = "see the Temporal history of a course"
    SEE_CALENDAR = "see the calendar"
    SEE_REPORTS = "see reports"
    SEE_STUCK = "see what is stuck"
    SEE_SETTINGS = "see protocols, payers, users"
    SEE_LOOKS = "see who looked at which patient"
    FIND_LOT = "find sessions by lot"
    FIND_IRREGULAR = "find deviations and corrections"
    FIND_REOPENED = "find claims that a payer reopened"
    TELL_COURSE = "tell a course what the role may tell"
    START_COURSE = "start a course"
    IMPORT_COURSES = "start many courses from a file"
    BOOK = "book, move and cancel appointments"
    RECORD_DAY = "record the sessions of a clinic day"
    ANSWER_CHECK = "answer a response check"
    SIGN_RECORD = "sign the record of a session"
    EXPORT = "export a list"
    SAVE_VIEW = "keep a view by name"
    SHARE_VIEW = "share a view with all"
    ASSIGN_OTHERS = "give a task to somebody else"
    REPAIR = "retry what is stuck"
    MANAGE_TOKENS = "make and revoke tokens of integrations"


MAY: dict[Act, frozenset[Role]] = {
    Act.SEE_WORKLIST: ALL,
    Act.SEE_COURSE: ALL,
    Act.SEE_HISTORY: ALL,
    Act.SEE_TEMPORAL: frozenset({ADMIN}),
    Act.SEE_CALENDAR: ALL,
    Act.SEE_REPORTS: frozenset({ADMIN, CLINICIAN}),
    Act.SEE_STUCK: frozenset({ADMIN}),
    Act.SEE_SETTINGS: ALL,
    Act.SEE_LOOKS: frozenset({ADMIN}),
    Act.FIND_LOT: frozenset({ADMIN, CLINICIAN}),
    Act.FIND_IRREGULAR: frozenset({ADMIN, CLINICIAN}),
    Act.FIND_REOPENED: frozenset({ADMIN, BILLING}),
    Act.TELL_COURSE: ALL,
    Act.START_COURSE: frozenset({OPERATIONS, CLINICIAN, ADMIN}),
    Act.IMPORT_COURSES: frozenset({OPERATIONS, ADMIN}),
    Act.BOOK: frozenset({OPERATIONS, CLINICIAN}),
    Act.RECORD_DAY: frozenset({OPERATIONS, CLINICIAN}),
    Act.ANSWER_CHECK: frozenset({CLINICIAN}),
    Act.SIGN_RECORD: frozenset({CLINICIAN}),
    Act.EXPORT: ALL,
    Act.SAVE_VIEW: ALL,
    Act.SHARE_VIEW: frozenset({OPERATIONS, ADMIN}),
    Act.ASSIGN_OTHERS: ALL,
    Act.REPAIR: frozenset({ADMIN}),
    Act.MANAGE_TOKENS: frozenset({ADMIN}),
}
assert MAY.keys() == set(Act), "the table says for every act who may do it"


def may(role: Role, act: Act) -> bool:
    """Return whether a role may do this."""
    return role in MAY[act]
