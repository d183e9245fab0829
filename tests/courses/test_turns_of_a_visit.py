"""What can become of a visit, on the real servers: missed too often, moved while scheduling is silent, closed, in part."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta

from domain import events as e
from domain import facts as f
from domain.clinic import Closure
from domain.clinic_time import clinic_day, day_in_words
from domain.course import Course
from domain.facts import Receipt
from domain.session import AppointmentStatus, NotGivenReason, Whose
from domain.waits import WaitKind
from tests.kit.answers import People
from tests.kit.course_under_test import CourseUnderTest, eventually, watched
from tests.kit.days import a_monday_of_its_own, at_ten
from tests.kit.examples import FACTS
from tests.kit.faults import Gate
from tests.kit.moments import TWELVE_SITES
from tests.kit.people import ADA, AMY, DR_KHAN, DR_LEE, NINA
from tests.kit.world import World

ONE_DAY = timedelta(days=1)
NO_DRUG = People({WaitKind.READINESS: lambda _: (AMY, f.ReadinessLook(drug_on_hand=False))})
UNDECIDED = People({WaitKind.MISSED_VISITS: lambda _: None})


def day_of(course: Course) -> date:
    assert course.appointment is not None
    return clinic_day(course.appointment.starts_at, course.clinic.zone)


async def states(world: World, course: Course) -> list[str]:
    rows = await world.pool.fetch(
        "select state from appointment where course_id = $1 order by starts_at", course.course_id
    )
    return sorted(row["state"] for row in rows)


async def test_after_three_missed_visits_no_time_is_booked_before_a_clinician_has_decided(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        for _ in range(3):
            await running.until(WaitKind.CLEARANCE)
            await running.pass_until(await _over(running))
            await running.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
        await running.until(WaitKind.MISSED_VISITS, UNDECIDED)
        stopped = await running.check()
        booked = await running.ask(AMY, f.Book(starts_at=await running.now() + 7 * ONE_DAY))
        await running.tell(NINA, f.MissedVisitsDecision(decision="go_on", reason="has a car again"))
        await running.settle()

        course = await running.check()

    assert stopped.appointment is None
    assert stopped.waits_of(WaitKind.BOOKING) == ()
    assert not isinstance(booked, Receipt)
    assert course.appointment is not None
    assert (await states(world, course)).count("noshow") == 3


async def test_the_morning_after_an_uncleared_visit_operations_say_what_became_of_it_and_it_counts(
    world: World,
) -> None:
    nobody = People({WaitKind.CLEARANCE: lambda _: None, WaitKind.RESULT_MISSING: lambda _: None})
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.CLEARANCE)
        day = day_of(await running.check())
        await running.until(WaitKind.RESULT_MISSING, nobody)
        missing = await running.check()
        too_late = await running.ask(DR_LEE, f.PreSessionCheck(clear=True))
        asked_at = await running.now()
        await running.tell(AMY, f.NotGiven(reason=NotGivenReason.NO_SHOW))
        await running.settle()

        course = await running.check()

    assert clinic_day(asked_at, missing.clinic.zone) == day + ONE_DAY
    assert missing.waits_of(WaitKind.CLEARANCE) == ()
    assert not isinstance(too_late, Receipt)
    assert [(visit.on, visit.reason) for visit in course.visits_not_given] == [(day, NotGivenReason.NO_SHOW)]
    assert day_of(course) > day
    assert (await states(world, course)).count("noshow") == 1


async def test_an_earlier_time_is_looked_for_asked_about_and_taken_also_after_a_roll_over_and_a_closed_day(
    world: World,
) -> None:
    async with watched(await CourseUnderTest.start(world, at=a_monday_of_its_own(world.clinic))) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        assert before.appointment is not None
        late = at_ten(day_of(before) + 28 * ONE_DAY, before.clinic)
        await running.tell(AMY, f.Move(starts_at=late, reason="no free time"))
        await running.settle()
        await running.tell(AMY, f.EarlierWanted())
        await running.settle()
        [first] = (await running.check()).waits_of(WaitKind.EARLIER_TIME)
        await running.tell(AMY, f.EarlierAnswered(takes=False), task=first.id)
        await running.settle()
        [day_of_look] = (await running.check()).waits_of(WaitKind.EARLIER_DAY)
        await running.tell(ADA, FACTS["roll-over"])
        await running.settle()
        on = clinic_day(day_of_look.due, before.clinic.zone)
        closed = before.clinic.model_copy(
            update={"closures": (Closure(first_on=on, last_on=on, reason="stocktaking"),)}
        )
        await running.tell(ADA, f.ClinicChanged(clinic=closed))
        await running.settle()
        [day_of_look] = (await running.check()).waits_of(WaitKind.EARLIER_DAY)
        assert clinic_day(day_of_look.due, before.clinic.zone) > on, "nobody is there on a closed day"
        await running.pass_until(day_of_look.due)
        await running.settle()
        [second] = (await running.check()).waits_of(WaitKind.EARLIER_TIME)
        wish = (await running.course()).earlier
        assert wish is not None
        assert wish.offer is not None
        await running.tell(AMY, f.EarlierAnswered(takes=True), task=second.id)
        await running.settle()

        course = await running.check()

    assert first.id != second.id
    assert course.appointment is not None
    assert course.appointment.starts_at == wish.offer.starts_at
    assert course.earlier is None
    assert day_of(course) not in wish.declined
    assert not course.waits_of(WaitKind.EARLIER_DAY)


async def test_the_clinician_may_end_the_course_instead(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        for _ in range(3):
            await running.tell(AMY, f.Cancel(reason="cannot come", whose=Whose.PATIENT))
            await running.settle()
        await running.tell(DR_LEE, f.MissedVisitsDecision(decision="end", reason="cannot come for a year"))
        await running.settle()

        course = await running.check()

    assert course.ending is not None
    assert course.ending.reason == "missed_visits"


async def _over(running: CourseUnderTest) -> datetime:
    appointment = (await running.course()).appointment
    assert appointment is not None
    return appointment.ends_at


async def test_a_visit_that_does_not_take_place_while_it_is_being_moved_is_told_and_the_other_time_holds(
    world: World,
) -> None:
    own, gate = world.on_a_queue_of_its_own(), Gate("move_session")
    begins_at = a_monday_of_its_own(world.clinic)
    async with own.worker(interceptors=[gate]), watched(await CourseUnderTest.start(own, at=begins_at)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        wish = at_ten(day_of(before) + 21 * ONE_DAY, before.clinic)
        gate.close()
        asking = asyncio.create_task(running.tell(AMY, f.Move(starts_at=wish, reason="travels")))
        await gate.waiting.wait()
        await asking
        told = await running.ask(AMY, f.NotGiven(reason=NotGivenReason.CANCELLED_BY_PATIENT))
        gate.open()
        await running.settle()

        course = await running.check()

    assert isinstance(told, Receipt)
    assert [visit.reason for visit in course.visits_not_given] == [NotGivenReason.CANCELLED_BY_PATIENT]
    assert course.appointment is not None
    assert course.appointment.starts_at == wish
    assert course.move_wish is None
    assert course.booking_wish is None


async def test_an_appointment_on_a_day_that_closes_is_given_up_told_and_found_anew(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        before = await running.course()
        on = day_of(before)
        closed = before.clinic.model_copy(
            update={"closures": (Closure(first_on=on, last_on=on + ONE_DAY, reason="stocktaking"),)}
        )
        await running.tell(ADA, f.ClinicChanged(clinic=closed))
        await running.settle()

        course, events = await running.check(), await running.journal()

    given_up = next(event for event in events if isinstance(event, e.AppointmentCancelled))
    assert (given_up.reason, given_up.whose) == (
        f"the clinic is closed on {day_in_words(on)}: stocktaking",
        Whose.CLINIC,
    )
    assert day_of(course) > on + ONE_DAY
    kinds = await world.pool.fetch("select kind from message where course_id = $1", course.course_id)
    assert "appointment_cancelled" in {row["kind"] for row in kinds}


async def test_a_session_given_in_part_is_completed_on_its_day_after_the_roll_over(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SESSION_RESULT)
        course = await running.course()
        assert course.appointment is not None
        injector = {"dr.lee": DR_LEE, "dr.khan": DR_KHAN}[course.appointment.injector]
        _, result = People().answer(course, course.waits_of(WaitKind.SESSION_RESULT)[0], await running.now()) or (0, 0)
        assert isinstance(result, f.SessionResult)
        stopped = {"sites": TWELVE_SITES, "in_part": True, "why": "fainted", "patient_left": "lying down next door"}
        await running.tell(injector, result.model_copy(update=stopped))
        await running.settle()
        in_part = await running.check()
        await running.tell(injector, f.SessionCompleted(note="well again after an hour"))
        await running.settle()

        whole = await running.check()

    [before], [after] = in_part.sessions, whole.sessions
    assert (before.dose.units, before.in_part, before.is_trial) == (60, True, False)
    assert (after.dose.units, after.in_part, after.is_trial, after.id) == (155, False, True, before.id)
    assert [event.note for event in whole.adverse_events] == ["fainted"]
    assert whole.appointment is not None
    assert (day_of(whole) - after.given_on).days >= 84


async def test_who_is_expected_though_unready_is_reminded_and_not_told_confirmed(world: World) -> None:
    async with watched(await CourseUnderTest.start(world)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        await running.tell(AMY, f.SafetyCall(result="reached"))
        await running.until(WaitKind.NOT_READY, NO_DRUG)
        await running.tell(AMY, f.NotReadyDecision(reason="the parcel comes tomorrow"))
        await running.settle()

        course = await running.check()

    assert course.appointment is not None
    assert course.appointment.status is AppointmentStatus.TENTATIVE
    about = f"{course.course_id}/reminder/{course.appointment.number}/"
    rows = await eventually(lambda: _keys(world, course), lambda keys: any(key.startswith(about) for key in keys))
    assert f"{course.course_id}/appointment_confirmed/{course.appointment.number}/" not in rows


async def _keys(world: World, course: Course) -> list[str]:
    rows = await world.pool.fetch("select key from message where course_id = $1", course.course_id)
    return [row["key"] for row in rows]
