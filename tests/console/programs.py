"""A program of an integration: it has a token, speaks JSON, and starts courses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.cli.front_door import an_intake
from tests.console.kit import signed_in


@dataclass
class Program:
    """An integration that acts as a user of the list."""

    http: httpx.AsyncClient

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", params=query)

    async def all_of(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return the items of all pages of a list."""
        page, found = await self.get(path, **query), []
        while True:
            assert page.status_code == httpx.codes.OK, page.text
            found += page.json()["items"]
            if page.json()["next"] is None:
                return found
            page = await self.http.get(page.json()["next"])

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(f"/api/v1{path}", json=body, headers=named)

    async def a_course(self, **changes: Any) -> str:
        """Start a course of a new patient and return its id."""
        started = await self.post("/courses", an_intake(**changes))
        assert started.status_code == httpx.codes.CREATED, started.text
        return str(started.json()["course_id"])


@asynccontextmanager
async def a_program(url: str, user_id: str) -> AsyncIterator[Program]:
    """Give a program a token that acts as a user."""
    async with signed_in(url, "ada.admin") as ada:
        made = await ada.http.post(
            "/api/v1/tokens",
            json={"name": f"test {uuid4().hex[:12]}", "user_id": user_id},
            headers={"x-csrf-token": await ada.csrf()},
        )
    assert made.status_code == httpx.codes.CREATED, made.text
    authorization = {"authorization": f"Bearer {made.json()['token']}"}
    async with httpx.AsyncClient(base_url=url, headers=authorization, timeout=60) as http:
        yield Program(http)
