"""Change what letters say of a seller: its name and its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .model import Seller
from .store import SELLER_ADDRESS

NO_SUCH_SELLER = declare("no_such_seller", Kind.NOT_FOUND, "Use a code of GET /api/v1/sellers.")
SELLER_NAME_MISSING = declare("seller_name_missing", Kind.INVALID, "Give the name under which the seller invoices.")
SELLER_TEXT_UNFIT = declare(
    "seller_text_unfit", Kind.INVALID, "Write it in one line of at most 100 characters that print, or leave it blank."
)

LETTER_FIELDS = ("name", *SELLER_ADDRESS)
LONGEST = 100


def with_letter(seller: Seller, given: Mapping[str, str | None]) -> Seller | list[Refusal]:
    """The seller with other fields of letters, those named; or every reason why they cannot be so."""
    texts = {name: " ".join((text or "").split(" ")).strip() or None for name, text in given.items()}
    refusals = [
        refuse(SELLER_TEXT_UNFIT, "{name} is too long, or has characters that do not print", name=name, field=name)
        for name, text in texts.items()
        if text is not None and (len(text) > LONGEST or not text.isprintable())
    ]
    if "name" in texts and texts["name"] is None:
        refusals.append(refuse(SELLER_NAME_MISSING, "the seller has no name", field="name"))
    if refusals:
        return refusals
    return replace(seller, **{name: texts[name] for name in LETTER_FIELDS if name in texts})  # type: ignore[arg-type]


async def change_seller(
    conn: Connection, code: str, version: int, given: Mapping[str, str | None], *, actor: str
) -> Seller:
    """Change the name and the address of a seller; `version` is that of the state the change was made from.

    Refuses: what `with_letter` refuses, no_such_seller, version_differs.
    """
    before = await store.lock_seller(conn, code)
    if before is None:
        raise Refused(refuse(NO_SUCH_SELLER, "there is no seller {code!r}", code=code))
    if before.version != version:
        said = say(
            "{code!r} is at version {version}, your change was made from {made_from}",
            code=code,
            version=before.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    after = with_letter(before, given)
    if isinstance(after, list):
        raise Refused(after)
    if after == before:
        return before
    await store.update_seller(conn, after)
    (action_id,) = await audit.next_action_ids(conn, 1)
    was, told = (
        {name: value for name, value in asdict(one).items() if name in LETTER_FIELDS} for one in (before, after)
    )
    await audit.append(
        conn, [AuditRecord(0, action_id, actor, "seller.change", before=was, after={"code": code, **told})]
    )
    return replace(after, version=version + 1)
