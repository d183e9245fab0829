"""Pages: the response check on one screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from console.access.guard import Who, only
from console.access.table import Act
from console.acting import do, see_unchanged, told_once
from console.charts.curve import curve
from console.forms import sites_in
from console.opened import Opened, opened
from console.page import page
from console.refusals import done_of, faults_of, status_of
from console.world import Reached, world_of
from domain import facts as f
from domain import plan
from domain.care import effects_of, scores_of
from domain.course import Course
from domain.diary import WindowCounts
from domain.dose import Dose, dose_of_sites, sites_of
from domain.payer import PayerPolicy
from domain.people import Role
from domain.response import Against, Basis, Change, ResponseAnswer, ResponseEvidence
from domain.shares import between_in_words
from domain.story.response import medication_in_words
from domain.story.words import day_in_words, dose_in_words, in_words
from office.errors import CommandFailed, CourseRefused
from office.evidence import evidence_as_of
from office.fields import read_fact
from office.leads_to import answers_of, open_wait
from office.names import names_of
from readmodel.access import SignedIn
from readmodel.people import users

router = APIRouter()
Answers = Annotated[SignedIn, Depends(only(Act.ANSWER_CHECK))]

BLOCKS_MAX = 8
"""So many columns fit on the screen beside the rest, the newest; those before stand in the curve."""
OF_AN_ANSWER = {
    "ask_again_on": ResponseAnswer.ASK_AGAIN,
    "look_again_on": ResponseAnswer.PAUSE,
    "basis": ResponseAnswer.CONTINUE,
}
"""Fields that belong to one answer: what stands in them counts with no other."""


@dataclass(frozen=True)
class Line:
    """One measure: before treatment, in each block, in the days that count, and what changed."""

    name: str
    before: str
    blocks: tuple[str, ...]
    window: str
    change: str = ""


@router.get("/courses/{course_id}/check")
async def check(request: Request, world: Reached, who: Who, course_id: str) -> Response:
    """Show the open check, or else the last one that was answered, or what speaks for a response as of now."""
    return await _shown(request, await opened(world, who, course_id, what="check"))


@router.post("/courses/{course_id}/check")
async def answer(request: Request, world: Reached, who: Answers, course_id: str) -> Response:
    """Answer the open check."""

    async def tell(seen: Opened, form: FormData, request_id: str) -> None:
        names = await names_of(await world.reach.pool())
        fact, wait = _fact_of(form, seen, names), open_wait(seen.course)
        await do(world, who, seen.row, fact, request_id=request_id, task=wait.id if wait else None)

    form = await request.form()
    seen = await opened(world, who, course_id, what="check")
    failed = await told_once(seen, form, tell)
    if failed is not None:
        return await _shown(request, seen, typed=_typed(form), failed=failed)
    return RedirectResponse(f"/courses/{course_id}/check", status_code=303)


def _fact_of(form: FormData, seen: Opened, names: Mapping[str, str]) -> f.Response:
    """Return the answer as it was typed. Raises `BadInput`; `CourseRefused` where something else was seen than stands now."""
    wait = open_wait(seen.course)
    if seen.course.evidence is None or wait is None:
        raise CourseRefused("the check was answered meanwhile, or is not open; this is where it stands")
    see_unchanged(seen, wait, form, names)
    typed = _typed(form)
    chosen = typed.get("answer", "")
    pairs = [
        (name, value)
        for name, value in typed.items()
        if value and name in f.Response.model_fields and OF_AN_ANSWER.get(name, chosen) == chosen
    ]
    fact = read_fact(f.Response, pairs, {}, seen.clock)
    dose = _dose_typed(typed, seen.course)
    return fact if dose is None else fact.model_copy(update={"dose": dose})


def _typed(form: FormData) -> dict[str, str]:
    return {name: value.strip() for name, value in form.multi_items() if isinstance(value, str)}


def _dose_typed(typed: Mapping[str, str], course: Course) -> Dose | None:
    """Return the next dose where other sites were typed than are planned; None leaves it as it is."""
    planned = plan.dose_of(course)
    counted = sites_in(typed)
    before = sites_of(planned)
    if not counted or all(before.get(name, 0) == count for name, count in counted.items()):
        return None
    return dose_of_sites(counted, protocol=course.protocol, reason=typed.get("dose_reason") or typed.get("reason"))


async def _shown(
    request: Request, seen: Opened, *, typed: Mapping[str, str] | None = None, failed: CommandFailed | None = None
) -> Response:
    course, call = seen.course, world_of(request).call(request.state.who.user_id)
    evidence, answered = course.evidence, None
    wait = open_wait(course)
    if wait is None or evidence is None:
        answered = course.checks[-1] if course.checks else None
        as_of_now = None if answered else await evidence_as_of(call, course, seen.today)
        evidence = answered.evidence if answered else as_of_now
    people = await users(await call.reach.pool())
    shown = {} if evidence is None else _context(course, evidence)
    return page(
        request,
        "check.html",
        status=status_of(failed),
        zone=seen.zone,
        row=seen.row,
        course=course,
        evidence=evidence,
        wait=wait if answered is None else None,
        answered=answered,
        today=seen.today,
        answers=answers_of(course, seen.now) if wait is not None else (),
        shown_at=course.number,
        clinicians=[one for one in people if one.role is Role.CLINICIAN],
        names={one.user_id: one.name for one in people},
        bases=get_args(Basis),
        coded_reasons=get_args(Against),
        typed=typed or {},
        failed=failed,
        done="" if failed is None else done_of(failed, "Nothing was sent."),
        faults={} if failed is None else {one.field: one for one in faults_of(failed)},
        planned=plan.dose_of(course),
        muscles=course.protocol.dose.muscles.value,
        planned_sites=sites_of(plan.dose_of(course)),
        **shown,
    )


def _context(course: Course, evidence: ResponseEvidence) -> dict[str, Any]:
    rules = course.protocol.response
    blocks = evidence.blocks[-BLOCKS_MAX:]
    return {
        "heads": [_head(block) for block in blocks],
        "earlier": len(evidence.blocks) - len(blocks),
        "lines": list(_lines(course, evidence, blocks)),
        "curve": curve(evidence.baseline, evidence.blocks, rules),
        "protocols_source": f"{rules.response_share.source} [{rules.response_share.mark}]",
        "payers_source": _payers_source(course.policy),
        "tolerability": list(_tolerability(course)),
        "doses": list(_doses(course)),
        "others": list(_others(evidence)),
    }


def _payers_source(policy: PayerPolicy | None) -> str:
    if policy is None:
        return ""
    rule = policy.renewal.any_of
    return f"{policy.name} {policy.version}: {rule.source} [{rule.mark}]"


def _head(block: WindowCounts) -> tuple[str, str, str]:
    """Return what stands over a block in little room, and its first and last day."""
    return f"S{block.cycle} m{block.month}", f"{block.first_on:%-d %b}", f"{block.last_on:%-d %b}"


def _lines(course: Course, evidence: ResponseEvidence, blocks: Sequence[WindowCounts]) -> Iterator[Line]:
    """Yield the table's lines: counts, with both bounds where days are missing; then what has changed."""
    before, window = evidence.baseline, evidence.window
    changes = {change.measure: change for change in evidence.changes}
    missing = evidence.missing_days

    def line(
        name: str, was: str, count: Callable[[WindowCounts], float | None], *, measure: str = "", bounded: bool = False
    ) -> Line:
        now = _of(window, count, missing if bounded else 0)
        return Line(
            name=name,
            before=was,
            blocks=tuple(_of(one, count, one.days - one.recorded_days if bounded else 0) for one in blocks),
            window=now,
            change="" if "-" in {was, now} else _changed(changes.get(measure)),
        )

    unknown = 0 if before is None else before.unknown_days
    yield line(
        "Headache days",
        "-" if before is None else f"{_count(before.headache_days, unknown)} of {before.period_days}",
        lambda one: one.headache_days,
        measure="headache_days",
        bounded=True,
    )
    yield line(
        "Migraine days",
        "-" if before is None else f"{_count(before.migraine_days, unknown)} of {before.period_days}",
        lambda one: one.migraine_days,
        measure="migraine_days",
        bounded=True,
    )
    hours = "-" if before is None or before.hours is None else f"{before.hours:g}"
    yield line("Hours", hours, _hours, measure="hours")
    severity = "-" if before is None or before.severity is None else f"{before.severity:.1f}"
    yield line("Severity, mean", severity, lambda one: one.severity, measure="severity")
    yield line("Severe days", "-", _severe_days)
    yield line("Acute drug days", "-", lambda one: one.acute_medication_days)
    yield Line(
        name="Days recorded",
        before="-" if before is None or before.recorded_days is None else f"{before.recorded_days}",
        blocks=tuple(f"{one.recorded_days} of {one.days}" for one in blocks),
        window=f"{window.recorded_days} of {course.protocol.response.window_days.value}",
        change=f"{missing} missing" if missing else "complete",
    )
    yield from _scores(course, evidence, blocks)


def _hours(block: WindowCounts) -> float | None:
    """Return the hours told, or nothing where a headache was told and no hour of it."""
    return None if block.headache_days and not block.hours else block.hours


def _severe_days(block: WindowCounts) -> int | None:
    return None if block.headache_days and not block.rated_days else block.severe_days


def _of(block: WindowCounts, count: Callable[[WindowCounts], float | None], missing: int) -> str:
    """Return a count of these days; where none is recorded there is nothing to count but what may have been."""
    return _count(count(block), missing) if block.recorded_days or missing else "-"


def _count(value: float | None, missing: int) -> str:
    if value is None:
        return "-"
    if not float(value).is_integer():
        return f"{value:.1f}"
    return f"{value:g} to {value + missing:g}" if missing else f"{value:g}"


def _changed(change: Change | None) -> str:
    if change is None or change.share_best is None or change.share_worst is None:
        return "" if change is None else "cannot be judged"
    fewer = "less" if change.measure in {"severity", "hours"} else "fewer"
    return between_in_words(change.share_worst, change.share_best, fewer=fewer, more="more")


def _scores(course: Course, evidence: ResponseEvidence, blocks: Sequence[WindowCounts]) -> Iterator[Line]:
    """Yield HIT-6 and MIDAS where they were filled in, each in the column of its day."""
    scores = evidence.besides.scores
    first_on = min((block.first_on for block in evidence.blocks), default=None)
    for code, rule in scores_of(course.protocol).items():
        ours = [score for score in scores if score.instrument == code]
        if not ours:
            continue
        early = [
            score for score in ours if first_on is None or score.on <= first_on
        ]  # session 1's own day is before it
        yield Line(
            name=rule.title,
            before=str(early[-1].value) if early else "-",
            blocks=tuple(
                ", ".join(
                    str(one.value) for one in ours if one not in early and block.first_on <= one.on <= block.last_on
                )
                or "-"
                for block in blocks
            ),
            window=str(ours[-1].value),
            change=f"on {day_in_words(ours[-1].on)}",
        )


def _tolerability(course: Course) -> Iterator[str]:
    effects = effects_of(course.protocol)
    for event in course.adverse_events:
        if event.entered_in_error:
            continue
        known = effects.get(event.effect or "")
        what = known.words if known else ", ".join(in_words(flag) for flag in event.red_flags) or event.note
        since = f" from {day_in_words(event.onset_on)}" if event.onset_on else f", told {day_in_words(event.told_on)}"
        over = f", over {day_in_words(event.ended_on)}" if event.ended_on else ", not over"
        yield f"S{event.after_session or '?'}: {what}{since}{over}" + (", serious" if event.serious else "")
    for session in course.sessions:
        if session.reactions:
            yield f"S{session.number}: at the visit {', '.join(session.reactions)}"


def _doses(course: Course) -> Iterator[str]:
    for dose in course.trial_elsewhere:
        yield f"elsewhere, {day_in_words(dose.given_on)}: {dose.units} units"
    for session in course.sessions:
        part = ", in part" if session.in_part else ""
        trial = "" if session.is_trial else ", no trial session"
        yield f"S{session.number}, {day_in_words(session.given_on)}: {dose_in_words(session.dose)}{part}{trial}"


def _others(evidence: ResponseEvidence) -> Iterator[str]:
    besides = evidence.besides
    for change in sorted(besides.medications, key=lambda one: one.on):
        yield medication_in_words(change)
    for one in besides.wearing_off:
        yield f"wore off in week {one.week} after session {one.session}"
    for week in besides.recalled:
        yield (
            f"from memory, week of {day_in_words(week.first_on)}: {week.headache_days} headache, "
            f"{week.migraine_days} migraine days"
        )
