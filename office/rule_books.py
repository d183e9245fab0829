"""Protocols and payer policies as they stand in their files: every version, every number with its source and mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from adapters.files.policies import policy_versions
from adapters.files.protocols import protocol_versions
from adapters.files.reading import folders_in
from domain.payer import PayerPolicy
from domain.protocol import TreatmentProtocol
from domain.record import Sourced
from domain.story.words import in_words
from office.history import Rule, called, rules_in, value_in_words
from readmodel import measures
from readmodel.pool import Pool
from runtime.settings import PROJECT


@dataclass(frozen=True)
class Section:
    """One part of a rule book."""

    title: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Version:
    """One version of a rule book, and how many courses go by it: open, and over."""

    book: str
    title: str
    version: str
    is_newest: bool
    open: int
    over: int
    sections: tuple[Section, ...]


async def protocols(pool: Pool) -> list[Version]:
    """Return all versions of all protocols, the newest first, with those that only courses know."""
    files = {folder.name: protocol_versions(folder) for folder in folders_in(PROJECT / "protocols")}
    return await _versions(pool, files)


async def policies(pool: Pool) -> list[Version]:
    """Return all versions of all payers' policies, the newest first."""
    files = {folder.name: policy_versions(folder) for folder in folders_in(PROJECT / "payers")}
    return await _versions(pool, files)


async def _versions(
    pool: Pool, files: dict[str, dict[str, TreatmentProtocol]] | dict[str, dict[str, PayerPolicy]]
) -> list[Version]:
    used = {(row.book, row.version): row for row in await measures.versions(pool)}
    found = []
    for book, versions in files.items():
        newest = list(versions)[-1]
        for version, rules in reversed(versions.items()):
            row = used.get((book, version))
            found.append(
                Version(
                    book=book,
                    title=_title_of(rules),
                    version=version,
                    is_newest=version == newest,
                    open=0 if row is None else row.open,
                    over=0 if row is None else row.over,
                    sections=tuple(_sections(rules)),
                )
            )
    return found


def _title_of(book: BaseModel) -> str:
    """Return a protocol's title or a payer's name."""
    return str(getattr(book, "title", None) or getattr(book, "name", ""))


def _sections(book: BaseModel) -> Iterator[Section]:
    bare = [
        Rule(name=called(name), value=value_in_words(value.value), mark=value.mark, source=value.source)
        for name, value in book
        if isinstance(value, Sourced)
    ]
    if bare:
        yield Section(title="the whole", rules=tuple(bare))
    for name, part in book:
        if isinstance(part, BaseModel) and not isinstance(part, Sourced):
            yield Section(title=in_words(name), rules=tuple(_rules(part)))


def _rules(part: BaseModel) -> Iterator[Rule]:
    """Yield the rules of a part, and of the records in its lists."""
    yield from rules_in(part)
    for name, value in part:
        if isinstance(value, tuple):
            for number, one in enumerate(value, start=1):
                if isinstance(one, BaseModel):
                    for rule in rules_in(one):
                        yield Rule(
                            name=f"{called(name)} {number}: {rule.name}",
                            value=rule.value,
                            mark=rule.mark,
                            source=rule.source,
                        )
