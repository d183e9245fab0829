"""Whether a course goes on, through `starter.py`: held, resumed, ended, taken back, and begun again."""

from __future__ import annotations

from pathlib import Path

from tests.cli.front_door import FrontDoor, an_intake, written

AMY, LEE, ADA = (("--by", user) for user in ("amy.ops", "dr.lee", "ada.admin"))


async def begun(starter: FrontDoor, folder: Path) -> str:
    started = await starter.done("start", written(folder, an_intake()), "--sample", *AMY)
    course: str = started["course_id"]
    return course


async def test_a_course_is_held_listed_prolonged_and_resumed(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)

    no_reason = await starter.refused("hold", course, "--until", "today+30", *AMY)
    await starter.done("hold", course, "--until", "today+30", "--reason", "illness", "--settle", *AMY)
    held = await starter.done("show", course)
    listed = await starter.done("list", "--phase", "held")
    not_hers = await starter.refused("resume", course, "--reason", "well again", *AMY)
    await starter.done("hold", course, "--until", "today+60", "--settle", *LEE)
    await starter.done("resume", course, "--reason", "well again", "--settle", *LEE)
    resumed = await starter.done("show", course)

    assert no_reason[0] == not_hers[0] == 5
    assert held["phase"] == "held"
    assert held["waiting"].startswith("Held since ")
    assert "for illness; review on" in held["waiting"]
    assert held["holds"][0]["stops"]
    assert course in {row["course_id"] for row in listed}
    assert resumed["holds"][0]["ended"] == "resumed"
    assert [task["kind"] for task in resumed["open_tasks"]] == ["goals"]


async def test_a_patient_is_lost_after_logged_attempts_and_what_follows_is_said_first(
    starter: FrontDoor, tmp_path: Path
) -> None:
    course = await begun(starter, tmp_path)
    lost = ("end", course, "lost_to_follow_up", "--reason", "no_answer")

    unasked = await starter.refused(*lost, *AMY)
    too_soon = await starter.refused(*lost, "--yes", *AMY)
    for how in ("call", "call", "call", "letter"):
        await starter.done("attempt", course, "no answer", "--how", how, *AMY)
    wrong_code = await starter.refused("end", course, "lost_to_follow_up", "--reason", "moved_away", "--yes", *AMY)
    await starter.done(*lost, "--yes", "--settle", *AMY)
    ended = await starter.done("show", course)
    paper = tmp_path / "dossier.html"
    await starter.done("dossier", course, "--out", str(paper))

    assert unasked[0] == 2
    assert "the course ends as lost to follow up" in unasked[1]
    assert too_soon[0] == wrong_code[0] == 5
    assert "3 by call and 1 by letter" in too_soon[1]
    assert ended["outcome"]["outcome"] == "lost_to_follow_up"
    assert "Course of treatment so far" in paper.read_text()


async def test_a_death_says_what_follows_and_is_taken_back(starter: FrontDoor, tmp_path: Path) -> None:
    course = await begun(starter, tmp_path)

    unasked = await starter.refused("record", course, "death", "note=her sister called", *AMY)
    await starter.done("record", course, "death", "note=her sister called", "--yes", "--settle", *AMY)
    ended = await starter.done("show", course)
    await starter.done("reopen", course, "--reason", "the wrong patient", "--agreed-by", "dr.lee", "--settle", *ADA)
    again = await starter.done("show", course)

    assert unasked[0] == 2
    assert "no closing word is sent" in unasked[1]
    assert ended["messages"].get("queued", 0) == 0
    assert [task["kind"] for task in again["open_tasks"]] == ["goals"]
    assert again["messages"]["queued"] > 0


async def test_a_new_course_after_a_closed_one_has_its_own_id_and_remembers_the_earlier(
    starter: FrontDoor, tmp_path: Path
) -> None:
    intake = written(tmp_path, an_intake())
    first = (await starter.done("start", intake, "--sample", *AMY))["course_id"]
    await starter.done("withdraw", first, "--reason", "no time", "--yes", "--settle", *AMY)
    await starter.done("fast-forward", first, "--days", "31", *AMY)

    second = await starter.done("start", intake, "--sample", *AMY)
    told = await starter("show", second["course_id"])

    assert second["course_id"] != first
    assert second["earlier_course"] == first
    assert "after 0 sessions: withdrawn, patients wish" in told.out
