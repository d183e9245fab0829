"""The words of messages: one file per language and kind, its first line the subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2

from domain.clinic_time import clinic_clock

MESSAGES = Path(__file__).with_name("messages")
DEFAULT_LANGUAGE = "en"
SUBJECT = "Subject: "


class NoWords(Exception):
    """There is no template for this kind of message, or it asks for something that the message does not say."""


@dataclass(frozen=True)
class Text:
    """A message in words."""

    subject: str
    body: str


def kinds(language: str = DEFAULT_LANGUAGE) -> frozenset[str]:
    """Return the kinds of message that there are words for."""
    return frozenset(path.stem for path in (MESSAGES / language).glob("*.txt"))


def render(
    kind: str,
    *,
    language: str,
    to_name: str,
    patient_name: str,
    clinic_name: str,
    clinic_phone: str,
    zone: str,
    parameters: Mapping[str, str],
) -> Text:
    """Return the message in words; in English where there are none in `language`. Raises `NoWords`."""
    whose = "Your" if to_name == patient_name else f"{patient_name}'s"
    words = dict(parameters) | {
        "name": to_name,
        "whose": whose,
        "whose_lower": whose if whose != "Your" else "your",
        "clinic_name": clinic_name,
        "clinic_phone": clinic_phone,
    }
    if "starts_at" in parameters:
        words["starts_at"] = _in_words(datetime.fromisoformat(parameters["starts_at"]), parameters.get("zone") or zone)
    try:
        rendered = _environment().select_template([f"{language}/{kind}.txt", f"{DEFAULT_LANGUAGE}/{kind}.txt"])
        first, _, body = rendered.render(words).partition("\n")
    except jinja2.TemplatesNotFound:
        raise NoWords(f"there is no template {kind}.txt") from None
    except jinja2.UndefinedError as missing:
        raise NoWords(f"{kind}.txt: {missing.message}") from None
    assert first.startswith(SUBJECT), f"{kind}.txt begins with its subject"
    return Text(subject=first.removeprefix(SUBJECT), body=body.lstrip("\n"))


def _in_words(at: datetime, zone: str) -> str:
    """Return a time as `Tuesday 3 March 2026 at 9:00 am`."""
    local = clinic_clock(at, zone)
    clock = f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
    return f"{local:%A} {local.day} {local:%B %Y} at {clock}"


@cache
def _environment() -> jinja2.Environment:
    """Return how templates are read: plain text, nothing left out in silence."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(MESSAGES),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text mail, no HTML
        keep_trailing_newline=True,
    )
