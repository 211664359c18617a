"""How a form acts: in one transaction, and once for its one-time key however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from litestar.response import Redirect

from solde.access import store as access_store
from solde.db import Connection, transaction
from solde.kernel.refusals import KEY_FORGOTTEN, KEY_REUSED, Kind, Refused, declare, refuse
from solde.operations import Barred
from solde.operations.rejected.store import barred_since_begin

from . import formats, toasts
from .i18n import t
from .page import Page

KEY_LOST = declare("form_key_missing", Kind.INVALID, "Open the form again and send it from there.")
KEY_MOST = 100


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a form did: where it leads, and what is said there."""

    path: str
    text: str
    tone: str = "good"
    href: str = ""
    label: str = ""

    def answer(self) -> Redirect:
        """Lead there and say it."""
        return toasts.done(self.path, self.text, tone=self.tone, href=self.href, label=self.label)


async def act_once(
    page: Page, form: Mapping[str, str], work: Callable[[Connection], Awaitable[Done]], *, account_id: int = 0
) -> Redirect:
    """Run what a form asks for in a transaction; sent again under its key, it only leads to what was done.

    Refuses: form_key_missing, idempotency_key_reused, and what the work refuses.
    """
    key = form.get("key", "")
    if not 0 < len(key) <= KEY_MOST or not key.isascii() or not key.isprintable():
        raise Refused(refuse(KEY_LOST, "the form lost its one-time key"))
    key, fingerprint = f"web:{page.visitor.actor}:{key}"[:255], _fingerprint(page, form)

    async def once(conn: Connection) -> Done:
        await access_store.lock_key(conn, account_id, key)
        before = await access_store.find_answer(conn, account_id, key)
        if before is not None:
            return _repeated(before, fingerprint)
        made = await work(conn)
        if account_id and (barred := await barred_since_begin(conn, account_id)):
            made = msgspec.structs.replace(made, text=f"{made.text}; {_barred_words(barred)}", tone="wait")
        await access_store.keep_answer(conn, account_id, key, fingerprint, msgspec.json.encode(made).decode())
        return made

    return (await transaction(page.services.pool, once)).answer()


def _barred_words(barred: Sequence[Barred]) -> str:
    """What accounting did with what was dated in a closed period."""
    moved = next((one.moved_to for one in barred if one.moved_to is not None), None)
    if moved is None:
        return t("rejected by accounting: the period is closed")
    return t("its period is closed: it counts in accounting on {day}", day=formats.day(moved))


def _fingerprint(page: Page, form: Mapping[str, str]) -> bytes:
    told = [page.visitor.actor, page.path, sorted((name, text) for name, text in form.items() if name != "key")]
    return hashlib.sha256(msgspec.json.encode(told)).digest()


def _repeated(before: tuple[bytes, str | None], fingerprint: bytes) -> Done:
    kept, text = before
    if kept != fingerprint:
        raise Refused(refuse(KEY_REUSED, "this form was sent before with other content; open it again"))
    if text is None:
        raise Refused(refuse(KEY_FORGOTTEN, "this form was sent long ago; look at what it did"))
    return msgspec.json.decode(text, type=Done)
