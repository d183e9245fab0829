"""The pages. Each module owns its paths and templates; `ROUTERS` joins them."""

from __future__ import annotations

from console.pages import (
    calendar,
    check,
    clinic_day,
    correcting,
    course,
    find,
    history,
    home,
    importing,
    my_tasks,
    reports,
    session_record,
    settings_shown,
    start,
    stuck,
    task,
    telling,
    worklist,
)

ROUTERS = (
    home.router,
    worklist.router,
    my_tasks.router,
    course.router,
    task.router,
    telling.router,
    correcting.router,
    check.router,
    session_record.router,
    start.router,
    importing.router,
    calendar.router,
    clinic_day.router,
    history.router,
    stuck.router,
    reports.router,
    find.router,
    settings_shown.router,
)
