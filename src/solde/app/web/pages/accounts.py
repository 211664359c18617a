"""The Balance tab of an account: which balance, its figures, the operations it holds, what can be done with them."""

from __future__ import annotations

from litestar import Response

from solde.approvals import list_waiting
from solde.balances.lists import count_classes, list_sorted
from solde.balances.posting_counts import count_postings
from solde.customers import list_choices
from solde.kernel.refusals import Refused
from solde.operations import Order, Types
from solde.operations.lists import parse_sort

from .. import filters, formats
from ..addresses import Address, account_path
from ..approval_words import waiting_words
from ..i18n import t
from ..page import Page, web_page
from ..store import ties_of_operations
from ..texts import written
from ..visitors import Visitor
from .account_view import KEPT, AccountView, see
from .actions import catalogue
from .actions.manual import manual_types, menu
from .balance_top import explain_href, figure_cards, picker
from .customer_head import head
from .operations_list import Listed, class_chips, filter_form, operations_grid, posting_chips
from .settings.differences import in_words

ADDRESS_NAMES = {*KEPT, "class", "sort", *filters.LABELS}


@web_page("/accounts/{code:str}", name="account_balance")
async def balance_page(page: Page, code: str) -> Response[str]:
    """The Balance tab: picker, totals, and the operations the balance holds."""
    read = filters.read(page.given())
    order, wrong_sort = _order(page.query.get("sort"))
    cursor = page.query.get("cursor") or None
    types = await page.services.types.get()
    features = await page.services.features.on()
    async with page.reading() as conn:
        seen = await see(page, conn, code)
        arguments = (conn, seen.account.account_id, seen.definition, seen.moment, read.chosen)
        found = await list_sorted(*arguments, order=order, limit=page.preferences.rows, cursor=cursor)
        counts, beyond = await count_classes(*arguments[:-1], read.counted)
        postings = await count_postings(*arguments, (counts, beyond))
        ties = await ties_of_operations(conn, seen.account.account_id, [o.number for o in found.items])
        choices = await list_choices(conn)
        waiting = await list_waiting(conn, seen.account.account_id, now=page.now())
        lacking = await catalogue.lacking_of(conn, page.visitor, features, seen.account.account_id)
    address = Address(account_path(code), [(n, v) for n, v in page.query.multi_items() if n in ADDRESS_NAMES])
    acts = account_path(code, "actions")
    return page.show(
        "balance/tab.html",
        title=f"{seen.customer.name} · Balance",
        head=head(seen.customer, seen.account, page.visitor, "balance", choices, features),
        picker=picker(seen, address),
        as_of=formats.day(seen.moment.as_of),
        now_href=str(address.with_(as_of=None)),
        figures=figure_cards(seen),
        words=list(in_words(seen.definition.draft)),
        explain_href=explain_href(seen, seen.definition.code),
        suggestions_href=account_path(code, "suggestions"),
        statement_href=account_path(code, "statement"),
        new=_new(seen, page.visitor, features, types, acts),
        chips=class_chips(counts, beyond, address, read),
        postings=posting_chips(postings, address, read, seen.account.currency),
        on=filters.chips(read, address, {code: t(kind.label) for code, kind in types.by_code.items()}),
        clear_href=str(address.only(*KEPT, "sort", "class")),
        wrong={**read.told, **({"as_of": seen.wrong_day} if seen.wrong_day else {}), **wrong_sort},
        form=filter_form(seen, address, read, types),
        grid=operations_grid(
            seen,
            Listed(found, address, order, cursor, read, ties, waiting_words(waiting)),
            types,
            catalogue.bar(page.visitor, features, acts, stopped=seen.stopped, lacking=lacking),
        ),
    )


def _order(text: str | None) -> tuple[Order, dict[str, str]]:
    try:
        return parse_sort(text), {}
    except Refused as bad:
        return Order(), {"sort": written(bad.refusals[0].text)}


def _new(seen: AccountView, visitor: Visitor, features: frozenset[str], types: Types, base: str) -> dict[str, object]:
    """What can be posted on the account by this visitor, and why not now."""
    codes = {entry.code for entry in catalogue.allowed(visitor, features, "account")}
    may_pay = any(entry.code == "pay" for entry in catalogue.allowed(visitor, features))
    return {
        "types": menu(manual_types(types, visitor), base) if "new" in codes else [],
        "pay": f"{base}/pay" if may_pay else "",
        "stopped": seen.stopped,
        "may_match": any(entry.code == "match" for entry in catalogue.allowed(visitor, features)),
    }


route_handlers = [balance_page]
