from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.files.policies import load_policies, load_policy, policy_versions
from adapters.files.protocols import load_protocol, load_protocols, protocol_versions
from adapters.files.reading import WrongFile
from domain.record import Mark

ROOT = Path(__file__).parents[2]
PROTOCOL_ID = "onabotulinumtoxin-a-chronic-migraine"
PROTOCOL = (ROOT / "protocols" / PROTOCOL_ID / "2026-1.toml").read_text(encoding="utf-8")
POLICY = (ROOT / "payers" / "northwind-commercial" / "2026-1.toml").read_text(encoding="utf-8")


def a_folder(tmp_path: Path, text: str, *, folder: str = PROTOCOL_ID, version: str = "2026-1") -> Path:
    place = tmp_path / folder
    place.mkdir(exist_ok=True)
    (place / f"{version}.toml").write_text(text, encoding="utf-8")
    return place


def refused(load: Callable[[Path], object], folder: Path) -> str:
    with pytest.raises(WrongFile) as wrong:
        load(folder)
    return str(wrong.value)


def changed(text: str, pattern: str, replacement: str) -> str:
    new, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is not in the file"
    return new


def test_the_projects_protocols_and_policies_load() -> None:
    assert set(load_protocols(ROOT / "protocols")) == {PROTOCOL_ID}
    assert set(load_policies(ROOT / "payers")) == {"medicare-part-b", "northwind-commercial", "washington-labor"}


def test_every_source_that_is_cited_is_listed() -> None:
    listed = set(
        re.findall(r"^\| \[(D?\d+)\]", (ROOT / "docs" / "sources.md").read_text(encoding="utf-8"), re.MULTILINE)
    )

    for file in (*ROOT.glob("protocols/*/*.toml"), *ROOT.glob("payers/*/*.toml")):
        cited = set(re.findall(r"\[(D?\d+)\]", " ".join(sources_in(tomllib.loads(file.read_text(encoding="utf-8"))))))
        assert cited <= listed, f"{file.name}: {sorted(cited - listed)} not in docs/sources.md"


def test_every_source_that_a_rule_cites_is_listed() -> None:
    listed = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")

    for file in ROOT.glob("domain/**/*.py"):
        for cited in re.findall(r"sources\.md (\[D?\d+\])", file.read_text(encoding="utf-8")):
            assert f"| {cited} |" in listed, f"{file.name} cites {cited}, which docs/sources.md does not list"


def sources_in(written: Any) -> list[str]:
    if isinstance(written, list):
        return [source for inner in written for source in sources_in(inner)]
    if not isinstance(written, dict):
        return []
    own = [written["source"]] if isinstance(written.get("source"), str) else []
    return own + [source for inner in written.values() for source in sources_in(inner)]


def test_a_number_read_in_no_primary_source_says_so() -> None:
    policy = load_policy(ROOT / "payers" / "washington-labor")

    assert policy.renewal.any_of.mark is Mark.PRIMARY
    assert policy.timing.answer_days.mark is Mark.UNVERIFIED


def test_the_newest_version_is_current_and_all_are_reachable(tmp_path: Path) -> None:
    for version in ("2026-2", "2026-10", "2026-1"):
        folder = a_folder(tmp_path, PROTOCOL.replace('version = "2026-1"', f'version = "{version}"'), version=version)

    assert load_protocol(folder).version == "2026-10"
    assert list(protocol_versions(folder)) == ["2026-1", "2026-2", "2026-10"]


def test_a_cap_of_none_is_no_cap() -> None:
    assert load_policy(ROOT / "payers" / "northwind-commercial").renewal.sessions_cap.value is None
    assert load_policy(ROOT / "payers" / "washington-labor").renewal.sessions_cap.value == 5


def test_bad_syntax_is_named_with_file_and_line(tmp_path: Path) -> None:
    said = refused(load_protocol, a_folder(tmp_path, 'id = "x"\nversion = \n'))

    assert "2026-1.toml: no TOML: Invalid value (at line 2, column 11)" in said


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (r"value = 84, mark", 'value = "84", mark', "timing.interval_days_min.value: expected a valid integer"),
        (r"^age_years_min = .*$", "", "eligibility.age_years_min: is missing"),
        (r"^months_min", "month_min", "eligibility.month_min: no such key"),
        (r'value = 18, mark = "V", source = "[^"]*"', 'value = 18, mark = "V"', "age_years_min.source: is missing"),
        (
            r'value = 18, mark = "V"',
            'value = 18, mark = "X"',
            "age_years_min.mark: expected 'V', 'S', 'U', 'C' or 'clinic'",
        ),
        (
            r"^units_planned = \{ value = 155",
            "units_planned = { value = 150",
            "dose.units_planned: is 150, the muscles make 155",
        ),
        (
            r"^sites_planned = \{ value = 31",
            "sites_planned = { value = 30",
            "dose.sites_planned: is 30, the muscles make 31",
        ),
        (
            r"^units_max = \{ value = 195",
            "units_max = { value = 200",
            "dose.units_max: is 200, the muscles allow 155 to 195",
        ),
        (r'ndc = "00023392102"', 'ndc = "0023-3921-02"', "dose.vials.value.1.ndc: expected 11 digits"),
        (
            r"^check_not_before_days = \{ value = 28",
            "check_not_before_days = { value = 60",
            "timing.check_not_before_days",
        ),
        (r"^partial_share = \{ value = 0.3", "partial_share = { value = 0.6", "response.partial_share"),
        (r"value = \[2, 3\]", "value = [3, 2]", "response.check_after_sessions: expected sessions in rising order"),
        (
            r"^trial_sessions_max = \{ value = 3",
            "trial_sessions_max = { value = 4",
            "response.trial_sessions_max: expected 3",
        ),
        (r"^call_due_days = \{ value = 14", "call_due_days = { value = 3", "safety.call_from_days"),
        (r'^id = ".*"$', 'id = "other"', f"id: is 'other', expected '{PROTOCOL_ID}' as the path says"),
        (r'^version = ".*"$', 'version = "2026-2"', "version: is '2026-2', expected '2026-1' as the path says"),
    ],
)
def test_a_wrong_protocol_is_refused_with_file_key_and_reason(
    tmp_path: Path, pattern: str, replacement: str, said: str
) -> None:
    folder = a_folder(tmp_path, changed(PROTOCOL, pattern, replacement))

    found = refused(load_protocol, folder)

    assert str(folder / "2026-1.toml") in found
    assert said in found


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (
            r"^preventive_classes_min = \{ value = 2",
            "preventive_classes_min = { value = 3",
            "initial.preventive_classes_min",
        ),
        (
            r"at_least = 0.5",
            "at_least = 50",
            "renewal.any_of.value.0.at_least: expected 0 to 1 for headache_days_share",
        ),
        (r'measure = "headache_days_share"', 'measure = "headaches"', "renewal.any_of.value.0.measure: expected"),
        (r"^sessions = \{ value = 2", "sessions = { value = 0", "grant.sessions: expected 1 or more"),
        (
            r"^counts = \{ value = \"billed\"",
            'counts = { value = "paid"',
            "grant.counts.value: expected 'given', 'billed'",
        ),
        (r"^answer_days = \{ value = 14", "answer_days = { value = -1", "timing.answer_days: expected 0 or more"),
        (
            r'^sessions_cap = \{ value = "none"',
            "sessions_cap = { value = 0",
            "renewal.sessions_cap: expected 1 or more",
        ),
    ],
)
def test_a_wrong_policy_is_refused_with_file_key_and_reason(
    tmp_path: Path, pattern: str, replacement: str, said: str
) -> None:
    folder = a_folder(tmp_path, changed(POLICY, pattern, replacement), folder="northwind-commercial")

    assert said in refused(load_policy, folder)


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = changed(changed(PROTOCOL, r"value = 84, mark", 'value = "84", mark'), r"^months_min", "month_min")

    found = refused(load_protocol, a_folder(tmp_path, text)).splitlines()

    assert len(found) == 3  # the wrong number, the missing key and the unknown one
    assert all("2026-1.toml" in line for line in found)


def test_a_folder_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert "no such folder" in refused(load_protocols, tmp_path / "nowhere")
    assert "no such folder" in refused(policy_versions, tmp_path / "nowhere")
    assert "has no version" in refused(load_policy, tmp_path / "empty")
