"""Records for the tests of the rules. Builders mention only what matters; the rest is the plain patient.

The plain patient is 41 years old, has 20 headache days of 30, 12 of them migraine, and two preventives that failed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from adapters.files.policies import load_policies
from adapters.files.protocols import load_protocol
from domain.clinic import Clinic, OpeningHours
from domain.coverage import Authorization, AuthorizationLine, CoverageKind, Per, SessionCoverage
from domain.diary import Baseline, DiaryDay
from domain.dose import Dose, MuscleDose, VialUse, planned_dose
from domain.history import ClinicalHistory, CountSource, EarlierTreatment, StatedCounts, TrialOutcome
from domain.payer import Counts, PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.session import Session

ROOT = Path(__file__).parents[2]
DRUG = "J0585"
VIAL_100, VIAL_200 = "00023114501", "00023392102"


@cache
def the_protocol() -> TreatmentProtocol:
    return load_protocol(ROOT / "protocols" / "onabotulinumtoxin-a-chronic-migraine")


@cache
def the_policy(payer_id: str = "northwind-commercial") -> PayerPolicy:
    return load_policies(ROOT / "payers")[payer_id]


def with_value(record: Any, path: str, value: Any) -> Any:
    """Return a protocol or policy with another value at a path such as `timing.answer_days`."""
    first, _, rest = path.partition(".")
    inner = getattr(record, first)
    changed = with_value(inner, rest, value) if rest else inner.model_copy(update={"value": value})
    return record.model_copy(update={first: changed})


def a_clinic(**changes: Any) -> Clinic:
    """Return a clinic in Seattle that opens Monday to Friday."""
    weekdays = tuple(OpeningHours(weekday=day, opens=time(8), closes=time(17)) for day in range(1, 6))
    plain: dict[str, Any] = {
        "id": "seattle",
        "name": "Headache Clinic",
        "phone": "+1 206 555 0100",
        "zone": "America/Los_Angeles",
        "opening_hours": weekdays,
    }
    return Clinic(**{**plain, **changes})


def a_treatment(drug: str = "topiramate", drug_class: str = "anticonvulsant", **changes: Any) -> EarlierTreatment:
    plain: dict[str, Any] = {"preventive": True, "outcome": TrialOutcome.NOT_EFFECTIVE, "days": 90}
    return EarlierTreatment(drug=drug, drug_class=drug_class, **{**plain, **changes})


def counts(headache_days: int = 20, migraine_days: int = 12, period_days: int = 30, **changes: Any) -> StatedCounts:
    plain: dict[str, Any] = {"source": CountSource.CLINIC_NOTE, "stated_on": date(2026, 1, 2)}
    return StatedCounts(
        headache_days=headache_days, migraine_days=migraine_days, period_days=period_days, **{**plain, **changes}
    )


def a_history(**changes: Any) -> ClinicalHistory:
    plain: dict[str, Any] = {
        "diagnosis": "G43.709",
        "age_years": 41,
        "months_with_headache": 14,
        "counts": counts(),
        "treatments": (a_treatment(), a_treatment("propranolol", "beta_blocker")),
        "taken_on": date(2026, 1, 2),
    }
    return ClinicalHistory(**{**plain, **changes})


def diary(
    first_on: date,
    *,
    recorded: int = 28,
    headaches: int = 0,
    migraines: int | None = None,
    pain: int | None = None,
    hours: float | None = None,
) -> tuple[DiaryDay, ...]:
    """Return `recorded` days from `first_on` on, the first `headaches` of them with headache."""
    migraines = 0 if migraines is None else migraines
    return tuple(
        DiaryDay(
            on=first_on + timedelta(days=number),
            headache=number < headaches,
            migraine=number < migraines,
            worst_pain=pain if number < headaches else None,
            hours=hours if number < headaches else None,
        )
        for number in range(recorded)
    )


def a_baseline(headache_days: int = 20, severity: float | None = None, **changes: Any) -> Baseline:
    """Return a complete diary baseline. Without migraine days: then headache days and severity decide."""
    plain: dict[str, Any] = {
        "migraine_days": 0,
        "period_days": 28,
        "source": CountSource.DIARY,
        "severity": severity,
        "rated_days": headache_days if severity is not None else 0,
        "recorded_days": 28,
    }
    return Baseline(headache_days=headache_days, **{**plain, **changes})


def a_vial(size: int = 200, given: int = 155, **changes: Any) -> VialUse:
    plain: dict[str, Any] = {
        "size_units": size,
        "lot": "C7461",
        "expires_on": date(2027, 6, 30),
        "ndc": VIAL_100 if size == 100 else VIAL_200,
        "given_units": given,
        "wasted_units": size - given,
    }
    return VialUse(**{**plain, **changes})


def a_dose(units: int = 155) -> Dose:
    """Return the planned dose, or one of so many units, with its reason."""
    if units == 155:
        return planned_dose(the_protocol())
    if units < 155:
        return Dose(muscles=(MuscleDose(muscle="temporalis", sites=units // 5, units=units),), reason="stopped")
    extra = {"temporalis": 10, "occipitalis": 10, "trapezius": 20}
    muscles = []
    rest = units - 155
    for muscle in planned_dose(the_protocol()).muscles:
        more = min(rest, extra.get(muscle.muscle, 0))
        rest -= more
        muscles.append(MuscleDose(muscle=muscle.muscle, sites=muscle.sites + more // 5, units=muscle.units + more))
    return Dose(muscles=tuple(muscles), reason="follow the pain")


def a_session(
    number: int = 1,
    given_on: date = date(2026, 1, 26),
    *,
    units: int = 155,
    vials: Iterable[VialUse] | None = None,
    coverage: SessionCoverage | None = None,
    **changes: Any,
) -> Session:
    plain: dict[str, Any] = {
        "id": f"course/session-{number}",
        "given_at": datetime.combine(given_on, time(18), tzinfo=UTC),
        "recorded_by": "nurse",
        "injector": "dr-okafor",
        "signed_by": "dr-okafor",
        "signed_on": given_on,
    }
    return Session(
        number=number,
        given_on=given_on,
        dose=a_dose(units),
        vials=tuple(vials) if vials is not None else (a_vial(200, units),),
        coverage=coverage or SessionCoverage(kind=CoverageKind.NOT_NEEDED, payer_id="medicare-part-b"),
        **{**plain, **changes},
    )


def an_authorization(
    units: int | None = 310, *, counting: Counts = Counts.BILLED, per: Per = Per.ALL, **changes: Any
) -> Authorization:
    """Return 2 sessions from 5 January to 4 July 2026."""
    lines = () if units is None else (AuthorizationLine(code=DRUG, quantity=units, per=per, counts=counting),)
    plain: dict[str, Any] = {
        "request": 1,
        "number": "A-1",
        "from_on": date(2026, 1, 5),
        "until_on": date(2026, 7, 4),
        "sessions": 2,
        "lines": lines,
    }
    return Authorization(**{**plain, **changes})


def under(authorization: Authorization, counted_units: int) -> SessionCoverage:
    """Return the coverage of a session that has used up so many units."""
    return SessionCoverage(
        kind=CoverageKind.AUTHORIZATION,
        payer_id="northwind-commercial",
        authorization=authorization.request,
        authorization_number=authorization.number,
        counted_units=counted_units,
    )
