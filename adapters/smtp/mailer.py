"""Sends one mail at a time, and says exactly what is known of it afterwards."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import errors

from activities.failures import Unavailable

TIMEOUT_SECONDS = 20.0
SMTPS_PORT, SUBMISSION_PORT = 465, 587
MESSAGE_ID_DOMAIN = "regimen.invalid"


class MailRefused(Exception):
    """The server will never take it: a wrong address, for example."""


class MailDeferred(Exception):
    """The server does not take it now; later it may."""


class MailUnknown(Exception):
    """The mail was handed over and the answer was lost. It may have gone out, so it is never sent again."""


@dataclass(frozen=True)
class Mail:
    """One mail. The key makes its Message-ID, so that a double could be seen as one."""

    key: str
    to_name: str
    to_address: str
    subject: str
    body: str


class SmtpMailer:
    """A mail server, by URL: `smtp://user:password@host:port` (STARTTLS when offered) or `smtps://...`."""

    def __init__(self, url: str, *, sender: str, sender_name: str = "") -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._sender_name = sender_name

    async def send(self, mail: Mail) -> None:
        """Send it. Raises `MailRefused`, `MailDeferred`, `MailUnknown`; `Unavailable` when the server is not there."""
        document = self._document(mail)
        client = await self._connected()
        try:
            await self._hand_over(client, mail, document)
        finally:
            client.close()

    async def _connected(self) -> aiosmtplib.SMTP:
        implicit_tls = self._url.scheme == "smtps"
        client = aiosmtplib.SMTP(
            hostname=self._url.hostname,
            port=self._url.port or (SMTPS_PORT if implicit_tls else SUBMISSION_PORT),
            use_tls=implicit_tls,
            username=unquote(self._url.username) if self._url.username else None,
            password=unquote(self._url.password) if self._url.password else None,
            timeout=TIMEOUT_SECONDS,
        )
        try:
            await client.connect()
        except errors.SMTPAuthenticationError:
            raise Unavailable("the mail server refuses our user or password") from None
        except (errors.SMTPException, ssl.SSLError, OSError, TimeoutError) as problem:
            client.close()
            raise Unavailable(f"the mail server does not answer ({type(problem).__name__})") from None
        return client

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: Mail, document: bytes) -> None:
        """Until the text itself is sent nothing has gone out; from then on a lost answer means that nobody knows."""
        try:
            await client.mail(self._sender)
            await client.rcpt(mail.to_address)
        except errors.SMTPResponseException as answer:
            raise _as_no(answer) from None
        except (errors.SMTPException, OSError, TimeoutError):
            raise MailDeferred("the connection to the mail server broke") from None
        try:
            await client.data(document)
        except errors.SMTPDataError as answer:
            raise _as_no(answer) from None
        except (errors.SMTPException, OSError, TimeoutError):
            raise MailUnknown("the mail server's answer was lost") from None

    def _document(self, mail: Mail) -> bytes:
        message = EmailMessage()
        message["From"] = Address(self._sender_name, addr_spec=self._sender)
        try:
            message["To"] = Address(_one_line(mail.to_name), addr_spec=mail.to_address)
        except ValueError:
            raise MailRefused("the address is no e-mail address") from None
        message["Subject"] = _one_line(mail.subject)
        message["Message-ID"] = f"<{message_id(mail.key)}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body, cte="quoted-printable")
        return message.as_bytes()


def message_id(key: str) -> str:
    """Return the id under which a message goes out, always the same for a key."""
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "." for sign in key)
    return f"{safe.strip('.')}@{MESSAGE_ID_DOMAIN}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _as_no(answer: errors.SMTPResponseException) -> MailRefused | MailDeferred:
    """Return what an answer means: 5xx never, 4xx not now. Its text is left out: it quotes the address."""
    if answer.code >= 500:
        return MailRefused(f"the mail server answered {answer.code}")
    return MailDeferred(f"the mail server answered {answer.code}")
