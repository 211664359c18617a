"""The list of card transactions."""

from __future__ import annotations

from solde.listings.columns import Column, ColumnKind, Say, Target
from solde.listings.listing import Empty, Listing

from .filters import KINDS, STATES, AllTransactionsFilter
from .listing import ListedTransaction, list_all_transactions
from .model import CardState, CardTransaction
from .shapes import TransactionShape, transaction_shape


def is_refunded_in_part(one: CardTransaction) -> bool:
    """Is something left of a payment of which some was given back?"""
    return one.state is CardState.REFUNDED and one.parent_number is None and one.refunded < one.captured


def state_words(one: CardTransaction, t: Say) -> str:
    """The state in words."""
    return t("Refunded in part") if is_refunded_in_part(one) else t(STATES.labels[one.state])


def state_tone(one: CardTransaction) -> str:
    """The colour of the state."""
    return "green" if is_refunded_in_part(one) else STATES.tones[one.state]


def _card(one: ListedTransaction) -> str | None:
    """The card, as people call it."""
    return None if one.brand is None else f"{one.brand.capitalize()} •••• {one.last4}"


def _shape(one: ListedTransaction) -> TransactionShape:
    return transaction_shape(one.transaction, one.account)


TRANSACTIONS: Listing[AllTransactionsFilter, ListedTransaction] = Listing(
    name="card-transactions",
    title="Card transactions",
    item="ListedCardTransaction",
    api="/card-transactions",
    command="cards transactions",
    tag="Card payments",
    help="List the card transactions of all accounts, newest first.",
    feature="card_payments",
    filters=AllTransactionsFilter,
    find=list_all_transactions,
    gives=TransactionShape,
    shape=_shape,
    key=lambda one: f"{one.transaction.account_id}-{one.transaction.number}",
    row=lambda one: f"{one.name or one.customer}, {one.transaction.kind} {one.transaction.number}",
    unit=lambda one: one.transaction.currency,
    caption="Card transactions of all accounts",
    search="Search card transactions by customer",
    empty=Empty(
        "No card transactions yet",
        "They appear here once a card is charged or authorized: in the Cards tab of a customer, by the wizard, or through the HTTP API.",
    ),
    sums_in_files=False,
    unfit="No card transaction fits these filters",
    columns=(
        Column("created_at", "Date", lambda one: one.transaction.created_at, ColumnKind.INSTANT, fixed=True, width=20),
        Column(
            "name", "Customer", lambda one: one.name or one.customer, place="lead", fixed=True, width=36,
            leads=lambda one: (Target.CUSTOMER_CARDS, (one.customer, one.account)),
        ),
        Column("account", "Account", lambda one: one.account, width=20, leads=lambda one: (Target.ACCOUNT, (one.account,))),
        Column(
            "kind", "Transaction", lambda one: one.transaction.kind.value, options=KINDS, width=24,
            text=lambda one, t: f"{t(KINDS.labels[one.transaction.kind])} {one.transaction.number}",
            leads=lambda one: (Target.CARD_TRANSACTION, (one.account, one.transaction.number)),
        ),
        Column(
            "card_name", "Card", _card, optional=True, tone="quiet", width=20,
        ),
        Column(
            "state", "State", lambda one: one.transaction.state.value, ColumnKind.STATE, options=STATES, place="value", width=20,
            text=lambda one, t: state_words(one.transaction, t), tone=lambda one: state_tone(one.transaction),
            title=lambda one, _: one.transaction.code or "",
        ),
        Column("amount", "Amount", lambda one: one.transaction.amount, ColumnKind.MONEY, fixed=True, width=16, summed=True),
        Column("currency", "Currency", lambda one: one.transaction.currency, tone="quiet", width=10),
        Column("actor", "Asked by", lambda one: one.transaction.actor, tone="quiet", width=20),
        Column("to_look_at", "To look at", lambda one: one.transaction.alert or one.task, optional=True, tone="red", shipped=True, width=40),
        Column("customer", "Customer code", lambda one: one.customer, aside=True),
    ),
)  # fmt: skip

LISTINGS = (TRANSACTIONS,)
