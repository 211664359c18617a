"""What the outbox may be told: where mail goes, and which addresses webhooks may have."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from solde.kernel.refusals import Kind, Refused, declare, refuse

SMTP_URL_UNFIT = declare(
    "smtp_url_unfit", Kind.INVALID, "Write SOLDE_SMTP_URL as smtp://user:password@host:port?starttls, or smtps://…"
)
MAIL_FROM_MISSING = declare(
    "mail_from_missing", Kind.INVALID, "Set SOLDE_MAIL_FROM to the address that mail comes from."
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to speak to it; `tls` from the first byte, `starttls` demanded after the greeting."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    starttls: bool
    sender: str


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """`server` None keeps mail waiting. `private_targets` lets webhooks go to addresses inside the own network."""

    server: MailServer | None = None
    private_targets: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> OutboxSettings:
        """Read SOLDE_SMTP_URL, SOLDE_MAIL_FROM and SOLDE_WEBHOOKS_PRIVATE.

        Refuses: smtp_url_unfit, mail_from_missing.
        """
        env = os.environ if environment is None else environment
        url = env.get("SOLDE_SMTP_URL", "")
        server = read_server(url, env.get("SOLDE_MAIL_FROM", "")) if url else None
        return cls(server, env.get("SOLDE_WEBHOOKS_PRIVATE") == "1")


def read_server(url: str, sender: str) -> MailServer:
    """The mail server of an address; refuses smtp_url_unfit, mail_from_missing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused(refuse(SMTP_URL_UNFIT, "SOLDE_SMTP_URL is no address")) from None
    options = parse_qs(parts.query, keep_blank_values=True)
    if (
        parts.scheme not in {"smtp", "smtps"}
        or not host
        or parts.path not in {"", "/"}
        or options.keys() - {"starttls"}
    ):
        # The address holds a password, so the message does not repeat it.
        raise Refused(refuse(SMTP_URL_UNFIT, "SOLDE_SMTP_URL is not of the form smtp://user:password@host:port"))
    if "@" not in sender:
        raise Refused(refuse(MAIL_FROM_MISSING, "SOLDE_SMTP_URL is set, SOLDE_MAIL_FROM is not a mail address"))
    tls = parts.scheme == "smtps"
    user, password = (None if text is None else unquote(text) for text in (parts.username, parts.password))
    return MailServer(host, port or (465 if tls else 587), user, password, tls, "starttls" in options, sender)
