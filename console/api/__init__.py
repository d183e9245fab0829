"""The HTTP API: everything the pages do, under `/api/v1`, described by OpenAPI."""

from __future__ import annotations

from fastapi import APIRouter

from console.api import (
    booking,
    clinic_day,
    courses,
    described,
    documents,
    evidence,
    history,
    records,
    reference,
    reports,
    several,
    starting,
    tasks,
    telling,
    tokens,
    worklist,
)

router = APIRouter(prefix="/api/v1")
PARTS = (
    described, starting, courses, telling, booking, clinic_day, evidence, documents, history, tasks, several, worklist, records, reports, reference, tokens,
)  # fmt: skip
for part in PARTS:
    router.include_router(part.router)
