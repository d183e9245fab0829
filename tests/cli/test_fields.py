"""FIELD=VALUE becomes a fact, or every field that is wrong is named with what was expected."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cli.json_files import from_file
from domain import facts as f
from domain.record import Edge
from domain.waits import KINDS, WaitKind
from office.errors import BadInput
from office.fields import Clock, read_fact, split

CLOCK = Clock(now=datetime(2026, 3, 3, 1, 30, tzinfo=UTC), zone="America/Los_Angeles")  # 2 March, 17:30, at the clinic


def faults(model: type[Edge], *pairs: str) -> dict[str, str]:
    with pytest.raises(BadInput) as raised:
        read_fact(model, split(pairs), {}, CLOCK)
    return {fault.field: f"{fault.problem}; {fault.expected}" for fault in raised.value.fields}


def test_today_is_the_clinics_day_and_not_that_of_utc() -> None:
    fact = read_fact(f.Goals, split(["goals=fewer days", "consent_signed_on=today"]), {}, CLOCK)

    assert fact.consent_signed_on == date(2026, 3, 2)


def test_days_may_be_counted_from_today() -> None:
    fact = read_fact(f.PayerChased, split(["result=still open", "again_on=today+7"]), {}, CLOCK)

    assert fact.again_on == date(2026, 3, 9)


def test_a_time_without_offset_is_local_to_the_clinic() -> None:
    fact = read_fact(f.Book, split(["starts_at=2026-06-01T09:30"]), {}, CLOCK)

    assert fact.starts_at == datetime(2026, 6, 1, 16, 30, tzinfo=UTC)


def test_a_time_with_offset_is_taken_as_it_is() -> None:
    fact = read_fact(f.Book, split(["starts-at=2026-06-01T09:30+00:00"]), {}, CLOCK)

    assert fact.starts_at == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def test_doses_before_the_course_are_typed_as_day_units_and_source_or_none() -> None:
    typed = "earlier_doses=2025-11-03:155:earlier_record, 2025-08-01::recall:other"
    fact = read_fact(f.IntakeValues, split([typed]), {}, CLOCK)
    nothing = read_fact(f.IntakeValues, split(["earlier_doses=none"]), {}, CLOCK)

    assert [(dose.given_on, dose.units, dose.source, dose.product) for dose in fact.earlier_doses or ()] == [
        (date(2025, 11, 3), 155, "earlier_record", "onabotulinumtoxin_a"),
        (date(2025, 8, 1), None, "recall", "other"),
    ]
    assert nothing.earlier_doses == ()
    for wrong in ("2025-11-03", "2025-11-03:many:recall", "2025-11-03:155:recall:this"):
        assert "day:units:source" in faults(f.IntakeValues, f"earlier_doses={wrong}")["earlier_doses"]


def test_vials_are_typed_as_size_lot_and_expiry() -> None:
    fact = read_fact(f.SessionResult, split(["vials=100:A1:2027-06-30,100:B2:today+90"]), {}, CLOCK)

    assert [(vial.size_units, vial.lot, vial.expires_on) for vial in fact.vials] == [
        (100, "A1", date(2027, 6, 30)),
        (100, "B2", date(2026, 5, 31)),
    ]


def test_a_list_is_separated_by_commas_or_given_in_parts() -> None:
    fact = read_fact(f.Goals, split(["goals=fewer days,sleep", "goals=work", "consent_signed_on=today"]), {}, CLOCK)

    assert fact.goals == ("fewer days", "sleep", "work")


def test_json_is_read_as_json_where_text_is_not_wanted() -> None:
    fact = read_fact(f.Goals, split(['goals=["fewer days, and shorter"]', "consent_signed_on=today"]), {}, CLOCK)

    assert fact.goals == ("fewer days, and shorter",)


def test_a_number_of_an_authorization_stays_as_it_was_typed() -> None:
    pairs = ["decision=approved", "number=00123", "from_on=today", "until_on=today+179", "sessions=2"]

    assert read_fact(f.AuthorizationDecision, split(pairs), {}, CLOCK).number == "00123"


def test_overrides_are_typed_as_item_and_reason() -> None:
    pairs = ["clear=yes", "positive=infection", "overrides=infection:healed, far from the sites"]

    assert read_fact(f.PreSessionCheck, split(pairs), {}, CLOCK).overrides == {
        "infection": "healed, far from the sites"
    }


def test_a_choice_may_be_typed_with_hyphens() -> None:
    assert read_fact(f.Response, split(["answer=one-more"]), {}, CLOCK).answer == "one_more"


def test_every_wrong_field_is_named_at_once() -> None:
    found = faults(f.AuthorizationDecision, "decision=maybe", "from_on=soon", "sessions=two", "nummer=7")

    assert found.keys() == {"decision", "from_on", "sessions", "nummer"}
    assert "approved" in found["decision"]
    assert "2026-01-31" in found["from_on"]
    assert "a whole number" in found["sessions"]
    assert "number, did you mean that?" in found["nummer"]


def test_a_missing_field_says_what_it_wants() -> None:
    assert "size:lot:expiry" in faults(f.SessionResult)["vials"]


def test_a_fault_never_repeats_the_value() -> None:
    with pytest.raises(BadInput) as raised:
        read_fact(f.Goals, split(["consent_signed_on=Ana Lopez told us"]), {}, CLOCK)

    assert "Lopez" not in raised.value.message


def test_a_field_given_twice_is_wrong_unless_it_is_a_list() -> None:
    assert "not two" in faults(f.Response, "answer=continue", "answer=one_more")["answer"]


def test_what_is_no_pair_is_wrong() -> None:
    with pytest.raises(BadInput, match="FIELD=VALUE"):
        split(["goals"])


def test_a_pair_goes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps({"answer": "continue", "reason": "in the file"}))

    fact = read_fact(f.Response, split(["answer=one_more"]), from_file(str(file)), CLOCK)

    assert (fact.answer, fact.reason) == ("one_more", "in the file")


def test_values_of_a_file_are_read_as_typed_ones(tmp_path: Path) -> None:
    file = tmp_path / "session.json"
    file.write_text(json.dumps({"vials": "200:C7461:2027-06-30", "given_at": "2026-03-02T09:00", "in_part": True}))

    fact = read_fact(f.SessionResult, [], from_file(str(file)), CLOCK)

    assert fact.given_at == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert fact.in_part


def test_a_file_that_is_no_json_is_named_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text('{"answer": continue}')

    with pytest.raises(BadInput, match="line 1, column 12"):
        from_file(str(file))


@pytest.mark.parametrize("kind", [kind for kind in WaitKind if KINDS[kind].answered_by])
def test_the_command_that_answers_a_task_names_the_fields_it_needs(kind: WaitKind) -> None:
    from office.kinds import FACTS, answer_command, kind_that_answers

    command = answer_command("c/t", kind)

    model = FACTS[kind_that_answers(kind, [])]
    assert all(name in command for name, field in model.model_fields.items() if field.is_required())


def test_of_two_kinds_of_answers_the_fields_choose() -> None:
    from office.kinds import kind_that_answers

    assert kind_that_answers(WaitKind.SESSION_RESULT, ["vials"]) == "session-given"
    assert kind_that_answers(WaitKind.SESSION_RESULT, ["reason"]) == "not-given"
    assert kind_that_answers(WaitKind.NOT_READY, ["choice", "reason"]) == "not-ready"
    assert kind_that_answers(WaitKind.NOT_READY, ["starts_at", "reason"]) == "move"
