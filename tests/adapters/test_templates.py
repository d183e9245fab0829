from __future__ import annotations

import pytest

from adapters.smtp.mailer import message_id
from adapters.templates import NoWords, Text, kinds, render

PARAMETERS = {
    "starts_at": "2026-12-01T22:30:00+00:00",
    "alternatives": "infusion; CGRP antibodies",
    "advice": "Call 911.",
}


def in_words(kind: str, **parameters: str) -> Text:
    return render(
        kind,
        language="xx",
        to_name="Ana",
        patient_name="Ana",
        clinic_name="Test Clinic",
        clinic_phone="+1 206 555 0100",
        zone="America/Los_Angeles",
        parameters=parameters,
    )


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_message_has_a_subject_without_the_patient_and_names_the_clinic_s_number(kind: str) -> None:
    text = in_words(kind, **PARAMETERS)

    assert text.subject
    assert "Ana" not in text.subject
    assert "+1 206 555 0100" in text.body
    assert "Dear Ana," in text.body
    assert "{" not in text.body


def test_all_that_a_course_sends_has_words() -> None:
    needed = "welcome diary_prompt appointment_planned appointment_confirmed appointment_moved appointment_cancelled"
    assert kinds() >= {*needed.split(), "reminder", "aftercare", "response_check_next", "closing", "alternatives"}


def test_after_an_injection_the_red_flags_and_the_emergency_number_are_named() -> None:
    body = in_words("aftercare").body

    assert "cold pack" in body
    assert "911" in body
    for flag in ("swallowing", "breathing", "speaking", "double vision", "weakness"):
        assert flag in body


def test_a_time_is_told_by_the_clinic_s_clock() -> None:
    assert "Tuesday 1 December 2026 at 2:30 pm" in in_words("reminder", **PARAMETERS).body


def test_a_message_that_lacks_what_its_words_need_is_not_sent_half() -> None:
    with pytest.raises(NoWords, match="starts_at"):
        in_words("reminder")


def test_the_same_key_goes_out_under_the_same_id() -> None:
    assert message_id("c1/reminder/1/24h") == "c1.reminder.1.24h@regimen.invalid"
