"""The next planned session, asked for in time on the real servers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from domain import facts as f
from domain.clinic_time import clinic_day
from domain.waits import WaitKind
from tests.domain.builders import the_policy, with_value
from tests.kit.answers import People, approved
from tests.kit.beginnings import a_beginning
from tests.kit.course_under_test import CourseUnderTest, watched
from tests.kit.days import a_monday_of_its_own, at_ten
from tests.kit.people import AMY
from tests.kit.world import World

ONE_DAY = timedelta(days=1)


async def test_a_deferred_session_is_asked_for_in_time_and_a_yes_that_falls_short_is_a_persons(world: World) -> None:
    begins_at = a_monday_of_its_own(world.clinic)
    today = clinic_day(begins_at, world.clinic.zone)
    beginning = a_beginning(today, policy=with_value(the_policy(), "grant.window_days", 90))
    over = People({WaitKind.PAYER_ANSWER: lambda seen: approved(seen, from_on=today, until_on=seen.today - ONE_DAY)})
    async with watched(await CourseUnderTest.start(world, beginning, at=begins_at)) as running:
        await running.until(WaitKind.SAFETY_CALL)
        booked = (await running.course()).appointment
        assert booked is not None
        far = clinic_day(booked.starts_at, world.clinic.zone) + 63 * ONE_DAY
        await running.tell(AMY, f.Move(starts_at=at_ten(far, world.clinic), reason="she is abroad"))
        await running.until(WaitKind.FALLS_SHORT, over)
        renewal = (await running.course()).requests[-1]
        await running.tell(AMY, f.AskPayer(reason="the window was over before the answer"))
        await running.until(WaitKind.CLEARANCE)

        course = await running.check()

    assert course.appointment is not None
    on = clinic_day(course.appointment.starts_at, course.clinic.zone)
    assert 0 < (on - renewal.opened_on).days < 45, "on the renewal's day, not months ahead"
    assert max(Counter(one.opened_on for one in course.requests).values()) <= 2
    assert course.wait("falls-short:session-2") is None
