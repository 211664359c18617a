"""Send mail through a mail server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib
import msgspec

from .model import Attachment, Message, TryOutcome, TryVerdict
from .settings import MailServer

TIMEOUT_SECONDS = 20.0


class MailBody(msgspec.Struct, frozen=True):
    """The parts of a mail as the outbox keeps them."""

    to: list[str]
    subject: str
    text: str
    html: str | None


_BODY = msgspec.json.Decoder(MailBody)


def read_mail(message: Message) -> MailBody:
    """The parts of a mail in the outbox."""
    return _BODY.decode(message.body)


def compose(message: Message, files: Sequence[Attachment], sender: str) -> EmailMessage:
    """The mail as it is sent; its Message-ID is the same at every try."""
    body = read_mail(message)
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = ", ".join(body.to)
    mail["Subject"] = body.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail.set_content(body.text)
    if body.html is not None:
        mail.add_alternative(body.html, subtype="html")
    for file in files:
        main, _, sub = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name)
    return mail


async def send_all(
    server: MailServer, messages: Sequence[Message], files: Mapping[int, Sequence[Attachment]]
) -> list[TryOutcome]:
    """Try each mail over one connection; once the server fails, those not begun are left untried."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_tls=server.tls,
        start_tls=None if not server.starttls else True,
        timeout=TIMEOUT_SECONDS,
    )
    outcomes: list[TryOutcome] = []
    try:
        await client.connect()
        for message in messages:
            outcome = await _send(client, message, files.get(message.message_id, ()), server.sender)
            outcomes.append(outcome)
    except (aiosmtplib.SMTPException, OSError) as error:
        outcomes.append(
            TryOutcome(messages[len(outcomes)], TryVerdict.FAILED, None, f"{type(error).__name__}: {error}")
        )
    finally:
        client.close()
    return outcomes + [TryOutcome(message, TryVerdict.UNTRIED) for message in messages[len(outcomes) :]]


async def _send(client: aiosmtplib.SMTP, message: Message, files: Sequence[Attachment], sender: str) -> TryOutcome:
    """Try one mail; a server that is gone is raised, one that says no is an outcome."""
    mail = compose(message, files, sender)
    try:
        refused, answer = await client.send_message(mail, sender=parseaddr(sender)[1], recipients=read_mail(message).to)
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        return _answered(message, min(codes), "; ".join(one.message for one in error.recipients))
    except aiosmtplib.SMTPResponseException as error:
        return _answered(message, error.code, error.message)
    left_out = "".join(f"; not taken for {to}: {said}" for to, said in refused.items())
    return TryOutcome(message, TryVerdict.DELIVERED, 250, answer + left_out)


def _answered(message: Message, code: int, answer: str) -> TryOutcome:
    """A code from 500 on is for ever, one below is worth another try."""
    return TryOutcome(message, TryVerdict.REFUSED if code >= 500 else TryVerdict.FAILED, code, answer)
