"""Interim evidence: the table that a payer may want before there is anything to judge. It decides nothing."""

from __future__ import annotations

from domain.course import Course


def interim_in_words(course: Course) -> str | None:
    """Return how far the trial is, for a payer who asks before the response is judged; None once it is judged.

    `course` speaks of its time: its last session is the last before the session that is asked for.
    """
    last = course.last_session
    if last is None or course.trial_checks:
        return None
    trial = course.trial_sessions
    rules = course.protocol.response
    judged_after = next((number for number in rules.check_after_sessions.value if number >= trial), trial)
    of = f"session {trial} of a trial of {rules.trial_sessions_max.value}"
    if judged_after == trial and trial:
        return f"{of}; its response check is not answered yet"
    return f"{of}; judged after session {judged_after}"
