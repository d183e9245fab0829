"""The compose file keeps its promises as far as that can be told without an engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from runtime.embedded.temporal_server import DYNAMIC_CONFIG
from runtime.settings import PROJECT

ONE_SHOTS = {"temporal-schema", "set-up"}


def parsed(path: Path) -> Any:
    return YAML(typ="safe").load(path)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = parsed(PROJECT / "docker-compose.yml")["services"]
    return found


def test_it_follows_the_compose_specification() -> None:
    check = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*check, "docker-compose.yml"], cwd=PROJECT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_image_is_pinned_to_a_release(services: dict[str, Any]) -> None:
    for service in services.values():
        assert re.fullmatch(r".+:\d+\.\d+[\w.-]*", service["image"])


def test_what_runs_on_has_a_health_check_and_what_runs_once_is_waited_for(services: dict[str, Any]) -> None:
    waited_for = {
        name
        for service in services.values()
        for name, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }

    assert waited_for == ONE_SHOTS
    assert all("test" in services[name]["healthcheck"] for name in services.keys() - ONE_SHOTS)


def test_no_secret_stands_in_the_file_and_every_one_is_made_by_the_script(services: dict[str, Any]) -> None:
    declared = parsed(PROJECT / "docker-compose.yml")["secrets"]
    used = {name for service in services.values() for name in service.get("secrets", [])}
    script = (PROJECT / "deploy" / "make-secrets").read_text()

    assert used == declared.keys()
    assert all(name in script for name in used)
    for service in services.values():
        passwords = {k: v for k, v in service.get("environment", {}).items() if "PASSWORD" in k or "KEY" in k}
        assert all(str(value).startswith("/run/secrets/") for value in passwords.values())


def test_nothing_listens_on_other_addresses_than_this_machines_own(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]

    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_production_allows_as_many_updates_at_once_as_the_embedded_server_and_never_skips_time() -> None:
    config = parsed(PROJECT / "deploy" / "temporal" / "dynamicconfig.yaml")

    [updates] = config["history.maxInFlightUpdates"]
    assert updates["value"] == DYNAMIC_CONFIG["history.maxInFlightUpdates"]
    assert not any("TimeSkipping" in name for name in config)


def test_the_image_is_built_with_the_same_tools_and_holds_every_package() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text()
    [version] = re.findall(r"^UV_VERSION := (\S+)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert f"uv=={version}" in dockerfile
    assert all(f"COPY {package} {package}\n" in dockerfile for package in packages | {"protocols", "payers"})


@pytest.mark.parametrize("script", [*sorted((PROJECT / "deploy").rglob("*.sh")), PROJECT / "deploy" / "make-secrets"])
def test_its_scripts_are_well_formed(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
