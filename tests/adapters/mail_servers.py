"""A real SMTP server that does what a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 OK"


@dataclass
class PostOffice:
    """Keeps what it accepted, and answers what it is told to. `breaks`: it hangs up instead of answering the text."""

    inbox: list[EmailMessage] = field(default_factory=list)
    answer_rcpt: str = ACCEPTED
    answer_data: str = ACCEPTED
    breaks: bool = False
    url: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answer_rcpt == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return self.answer_rcpt

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        if self.answer_data == ACCEPTED:
            self.inbox.append(message)
        if self.breaks:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.answer_data


@asynccontextmanager
async def a_post_office() -> AsyncIterator[PostOffice]:
    office = PostOffice()
    factory: Callable[[], Any] = lambda: SMTP(office, hostname="localhost")  # noqa: E731 - a factory, as asyncio wants it
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    office.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()
