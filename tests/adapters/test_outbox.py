from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from activities.messages import Delivered, DeliverMessages
from adapters.postgres.outbox import PostgresOutbox
from adapters.smtp.mailer import Mail, SmtpMailer
from domain.clinic_time import clinic_day
from domain.messages import Message
from readmodel import lookups
from readmodel.people import Guardian, Patient, save_patient
from readmodel.pool import Pool
from readmodel.store import JournalStore
from tests.adapters.mail_servers import PostOffice, a_post_office
from tests.domain.builders import a_history
from tests.kit.beginnings import a_beginning
from tests.readmodel.builders import a_batch, a_message, an_event
from tests.readmodel.clinics import set_up
from tests.readmodel.databases import Server, a_pool

NOW = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
VISIT = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)  # 9 in Seattle, after the clocks have changed
STARTS = {"starts_at": VISIT.isoformat(), "zone": "America/Los_Angeles"}


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with a_post_office() as office:
        yield office


async def a_course(pool: Pool, *messages: Message, course: dict[str, Any] | None = None, **patient: Any) -> None:
    await set_up(pool)
    fields = {"patient_id": "p1", "record_number": "MRN-1", "name": "Ana López", "email": "ana@example.org"}
    ana = Patient.model_validate({"birth_date": date(1984, 3, 12)} | fields | patient)
    await save_patient(pool, ana, by="amy.ops", at=NOW)
    await JournalStore(pool).write(a_batch(an_event(1), messages=messages, **(course or {})))


def outbox(pool: Pool, office: PostOffice) -> PostgresOutbox:
    return PostgresOutbox(pool, SmtpMailer(office.url, sender="clinic@example.org", sender_name="Test Clinic"))


async def deliver(outbox: PostgresOutbox, now: datetime = NOW) -> Delivered:
    return await outbox.deliver(DeliverMessages(now=now))


async def status(pool: Pool) -> tuple[str, str | None]:
    row = (await lookups.messages(pool))[0]
    return row.status, row.reason


async def test_a_due_message_is_sent_in_words_with_the_name_read_at_sending(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("reminder", "1/168h", parameters=STARTS))

    delivered = await deliver(outbox(pool, office))

    assert (delivered.sent, delivered.waiting) == (1, 0)
    mail = office.inbox[0]
    assert mail["To"] == "Ana López <ana@example.org>"
    assert mail["Subject"] == "Reminder of your visit"
    assert mail["Message-ID"] == "<c1.reminder.1.168h@regimen.invalid>"
    text = mail.get_content()
    assert "Dear Ana López" in text
    assert "Tuesday 10 March 2026 at 9:00 am" in text
    assert "+1 206 555 0100" in text
    row = (await lookups.messages(pool))[0]
    assert (row.status, row.channel, row.sent_at) == ("sent", "email", NOW)


async def test_what_was_sent_is_not_sent_again(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("welcome", "1"))
    await deliver(outbox(pool, office))

    again = await deliver(outbox(pool, office), NOW + timedelta(days=1))

    assert again == Delivered()
    assert len(office.inbox) == 1


async def test_five_senders_at_once_send_each_message_once(server: Server, office: PostOffice) -> None:
    async with a_pool(await server.create()) as pool:
        await a_course(pool, *(a_message("diary_prompt", f"{n}") for n in range(20)))
        sender = outbox(pool, office)

        delivered = await asyncio.gather(*(deliver(sender) for _ in range(5)))

        assert sum(one.sent for one in delivered) == 20
        assert len({mail["Message-ID"] for mail in office.inbox}) == len(office.inbox) == 20


async def test_a_message_waits_for_its_time_by_the_course_s_own_clock(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("welcome", "1", send_at=NOW + timedelta(days=84)))
    early = await deliver(outbox(pool, office))
    await lookups.set_ahead(pool, "c1", timedelta(days=84))

    due = await deliver(outbox(pool, office))

    assert (early.sent, early.waiting, due.sent) == (0, 0, 1)


async def test_another_course_s_clock_does_not_count(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("welcome", "1", send_at=NOW + timedelta(days=84)))
    await JournalStore(pool).write(a_batch(an_event(1), course_id="c2"))
    await lookups.set_ahead(pool, "c2", timedelta(days=365))

    assert await deliver(outbox(pool, office)) == Delivered()


@pytest.mark.parametrize(
    ("kind", "circumstances", "expected"),
    [
        ("welcome", {"opted_out": True}, ("withdrawn", "the patient wants no messages")),
        ("closing", {"opted_out": True}, ("withdrawn", "the patient wants no messages")),
        ("red_flag_advice", {"opted_out": True}, ("failed", "the patient wants no messages")),
        (
            "red_flag_advice",
            {"opted_out": True, "course": {"outcome": "deceased"}},
            ("withdrawn", "the patient has died"),
        ),
        ("red_flag_advice", {"preferred_channel": "phone"}, ("failed", "nothing sends by this channel yet")),
        ("diary_prompt", {"course": {"outcome": "withdrawn"}}, ("withdrawn", "the course has ended")),
        ("closing", {"course": {"outcome": "withdrawn"}}, ("sent", None)),
        ("alternatives", {"course": {"outcome": "discontinued"}}, ("sent", None)),
        ("aftercare", {"course": {"outcome": "withdrawn"}}, ("sent", None)),
        ("safety_follow_up", {"course": {"outcome": "withdrawn"}}, ("sent", None)),
        ("closing", {"course": {"outcome": "deceased"}}, ("withdrawn", "the patient has died")),
        ("aftercare", {"course": {"outcome": "deceased"}}, ("withdrawn", "the patient has died")),
        ("diary_prompt", {"course": {"phase": "held"}}, ("withdrawn", "the course is held")),
        ("appointment_cancelled", {"course": {"phase": "held"}}, ("sent", None)),
        ("welcome", {"preferred_channel": "phone"}, ("kept", "nothing sends by this channel yet")),
        ("welcome", {"email": None}, ("failed", "there is no e-mail address")),
    ],
)
async def test_who_takes_a_message_decides_whether_it_may_go_out(
    pool: Pool,
    office: PostOffice,
    kind: str,
    circumstances: dict[str, Any],
    expected: tuple[str, str | None],
) -> None:
    await a_course(pool, a_message(kind, "1", parameters={"alternatives": "x"}), **circumstances)

    await deliver(outbox(pool, office))

    assert await status(pool) == expected
    assert len(office.inbox) == (expected[0] == "sent")


async def test_advice_that_may_not_go_out_is_reported_to_its_course_in_the_same_round(
    pool: Pool, office: PostOffice
) -> None:
    await a_course(pool, a_message("red_flag_advice", "1", parameters={"advice": "call 911"}), opted_out=True)

    delivered = await deliver(outbox(pool, office))

    assert [(one.kind, one.status) for one in delivered.trouble] == [("red_flag_advice", "failed")]
    assert delivered.failed == 1
    assert office.inbox == []


async def test_a_reminder_is_not_sent_after_the_appointment(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("reminder", "1/24h", parameters=STARTS))

    await deliver(outbox(pool, office), VISIT + timedelta(minutes=1))

    assert await status(pool) == ("withdrawn", "the appointment has passed")


async def test_a_minor_s_guardian_gets_the_messages(pool: Pool, office: PostOffice) -> None:
    maria = Guardian(name="Maria López", relationship="mother", email="maria@example.org")
    await a_course(pool, a_message("welcome", "1"), guardian=maria, email=None)

    await deliver(outbox(pool, office))

    assert office.inbox[0]["To"] == "Maria López <maria@example.org>"
    assert "Ana López's treatment course" in office.inbox[0].get_content()


@pytest.mark.parametrize(
    ("ahead", "to"),
    [(timedelta(days=9), "Maria López <maria@example.org>"), (timedelta(days=10), "Ana López <ana@example.org>")],
    ids=["the day before", "on the birthday"],
)
async def test_from_the_18th_birthday_on_messages_go_to_the_patient_by_the_course_s_own_day(
    pool: Pool, office: PostOffice, ahead: timedelta, to: str
) -> None:
    # Given a message that was written while the patient was 17
    maria = Guardian(name="Maria López", relationship="mother", email="maria@example.org")
    birthday = clinic_day(NOW, "America/Los_Angeles") + timedelta(days=10)
    history = a_history(age_years=17, comes_of_age_on=birthday)
    started = a_beginning(history=history).model_copy(update={"number": 1, "at": NOW, "on": NOW.date()})
    await set_up(pool)
    ana = Patient(patient_id="p1", record_number="MRN-1", name="Ana López", birth_date=date(2008, 3, 12))
    kept = ana.model_copy(update={"email": "ana@example.org", "guardian": maria})
    await save_patient(pool, kept, by="amy.ops", at=NOW)
    await JournalStore(pool).write(a_batch(started, messages=(a_message("welcome", "1"),)))
    await lookups.set_ahead(pool, "c1", ahead)

    await deliver(outbox(pool, office))

    assert office.inbox[0]["To"] == to


async def test_without_a_mail_server_messages_are_kept(pool: Pool) -> None:
    await a_course(pool, a_message("welcome", "1"))

    delivered = await deliver(PostgresOutbox(pool))

    assert delivered.kept == 1
    assert await status(pool) == ("kept", "no mail server is set")


async def test_a_refused_message_has_failed_and_is_told(pool: Pool, office: PostOffice) -> None:
    office.answer_rcpt = "550 no such mailbox ana@example.org"
    await a_course(pool, a_message("welcome", "1"))

    delivered = await deliver(outbox(pool, office))

    assert [(one.course_id, one.kind, one.status) for one in delivered.trouble] == [("c1", "welcome", "failed")]
    assert await status(pool) == ("failed", "the mail server answered 550")


@pytest.mark.parametrize("where", ["answer_rcpt", "answer_data"])
async def test_a_temporary_no_is_tried_again_later_and_then_sent_once(
    pool: Pool, office: PostOffice, where: str
) -> None:
    setattr(office, where, "451 later, please")
    await a_course(pool, a_message("welcome", "1"))
    first = await deliver(outbox(pool, office))
    office.answer_rcpt = office.answer_data = "250 OK"

    too_early = await deliver(outbox(pool, office), NOW + timedelta(minutes=1))
    later = await deliver(outbox(pool, office), NOW + timedelta(minutes=2))

    assert (first.again, first.waiting) == (1, 1)
    assert (too_early.sent, later.sent) == (0, 1)
    assert len(office.inbox) == 1


async def test_ten_temporary_noes_are_a_no(pool: Pool, office: PostOffice) -> None:
    office.answer_rcpt = "451 later, please"
    await a_course(pool, a_message("welcome", "1"))

    rounds = [await deliver(outbox(pool, office), NOW + timedelta(hours=7 * n)) for n in range(10)]

    assert [one.again for one in rounds] == [1] * 9 + [0]
    assert rounds[-1].failed == 1


async def test_a_mail_server_that_is_not_there_ends_the_round_and_costs_no_try(pool: Pool) -> None:
    await a_course(pool, a_message("welcome", "1"), a_message("diary_prompt", "2"))
    nowhere = PostgresOutbox(pool, SmtpMailer("smtp://127.0.0.1:1", sender="clinic@example.org"))

    delivered = await deliver(nowhere)

    assert (delivered.again, delivered.waiting) == (1, 2)
    assert delivered.outage is not None
    assert delivered.outage.startswith("the mail server does not answer")
    assert {row.tries for row in await lookups.messages(pool)} == {0}


async def test_a_lost_answer_is_unknown_and_never_sent_again(pool: Pool, office: PostOffice) -> None:
    office.breaks = True
    await a_course(pool, a_message("welcome", "1"))

    first = await deliver(outbox(pool, office))
    office.breaks = False
    again = await deliver(outbox(pool, office), NOW + timedelta(days=1))

    assert [one.status for one in first.trouble] == ["unknown"]
    assert again == Delivered()
    assert len(office.inbox) == 1


async def test_what_a_dead_sender_took_is_unknown_and_never_sent_again(pool: Pool, office: PostOffice) -> None:
    class Dies:
        async def send(self, _mail: Mail) -> None:
            raise KeyboardInterrupt

    await a_course(pool, a_message("welcome", "1"))
    with pytest.raises(KeyboardInterrupt):
        await deliver(PostgresOutbox(pool, Dies()))

    soon = await deliver(outbox(pool, office), NOW + timedelta(minutes=1))
    later = await deliver(outbox(pool, office), NOW + timedelta(minutes=6))

    assert soon == Delivered()
    assert [one.status for one in later.trouble] == ["unknown"]
    assert office.inbox == []


async def test_trouble_is_reported_once_and_again_when_its_round_is_retried(pool: Pool, office: PostOffice) -> None:
    office.answer_rcpt = "550 no"
    await a_course(pool, a_message("welcome", "1"))

    first, retried = await deliver(outbox(pool, office)), await deliver(outbox(pool, office))
    next_round = await deliver(outbox(pool, office), NOW + timedelta(minutes=1))

    assert [one.key for one in first.trouble] == [one.key for one in retried.trouble] == ["c1/welcome/1"]
    assert next_round.trouble == ()


async def test_a_message_without_words_has_failed(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("no_such_kind", "1"))

    await deliver(outbox(pool, office))

    assert await status(pool) == ("failed", "there is no template no_such_kind.txt")


async def test_a_line_break_in_a_name_adds_no_header(pool: Pool, office: PostOffice) -> None:
    await a_course(pool, a_message("welcome", "1"), name="Ana\r\nBcc: eve@example.org")

    await deliver(outbox(pool, office))

    assert office.inbox[0]["Bcc"] is None
