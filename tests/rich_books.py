"""Books in which every feature was used: the demo company, made small, and what it leaves out.

`fill` calls `after_each` when a step is done: who proves the books seals there, so that each step is judged alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from argon2 import PasswordHasher

from solde.access import NewUser, Passwords, UserChange, add_user, change_user, create_token, revoke_token
from solde.accounting import generate
from solde.accounting.export_model import ExportRequest
from solde.accounting.exports import begin_export
from solde.accounting.model import GeneralAccount
from solde.accounting.schemes import get_scheme, save_general_account, save_scheme
from solde.actions.requests import content_of
from solde.app.approving import make_approvals
from solde.app.demo import company, load_company
from solde.approvals import Limit, Proposal
from solde.approvals.actions import set_limits
from solde.balances import Draft, take_snapshots
from solde.balances.definitions import change_definition, create_definition, delete_definition
from solde.cards import CardKind, CardRequest
from solde.cards.actions import ask
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.events import receive
from solde.cards.stored_cards import begin_setup, finish_setup
from solde.customers import CreatedCustomer, NewCustomer, create_customers, set_account_state
from solde.customers.editing import edit_levels
from solde.customers.methods import create_method
from solde.customers.model import Level, PaymentMethod
from solde.customers.requests import Edit
from solde.customers.sellers import change_seller
from solde.db import Connection, Pool, transaction
from solde.deposits.model import Limit as DepositLimit
from solde.deposits.settings import change_settings
from solde.extracts.journal import make_file
from solde.features import switch
from solde.instalments.model import Holiday
from solde.instalments.settings import load_rules, put_holidays, put_rule
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.litigation.reasons import create_reason
from solde.matching import MatchRequest, UnmatchRequest, match, unmatch
from solde.operations import NewOperation, Posted, PostRequest, TypeCatalogue, load_types, post
from solde.operations.type_changes import NewType, create_type
from solde.outbox import EndpointDraft, create_endpoint
from solde.payments import (
    AssignRequest,
    CreditNoteRequest,
    PaymentRequest,
    ReceiptRequest,
    RefundRequest,
    ReturnRequest,
    ReversalRequest,
    TransferRequest,
    WriteOffRequest,
    assign_receipts,
    credit_note,
    record_unidentified,
    refund,
    register,
    reject_payment,
    return_receipts,
    reverse_write_off,
    transfer,
    write_off,
)
from solde.unbilled import ItemKind, NewItem, add_items, add_service, bill

D = Decimal
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
CUSTOMERS, BUSY_INVOICES = 12, 40
ACTOR = "rich"
PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

COMPLETE = {
    "kind": "COMPANY", "name": "Kontor Beispiel GmbH", "last_name": "Muster", "first_name": "Erika", "country": "DE", "language": "de",
    "email": "erika@beispiel.example", "billing_cycle": "MONTHLY", "tax_category": "STANDARD", "currency": "EUR",
    "payment_method": "WIRETRANSFER", "payment_terms": "NET30", "payment_mode": "POSTPAID", "seller": "MAIN", "category": "BUSINESS",
}  # fmt: skip

Step = Callable[[], Awaitable[object]]


async def nothing() -> None:
    """What is done after a step where nobody says otherwise."""


async def fill(pool: Pool, after_each: Step = nothing) -> None:
    """Use every feature once or more."""
    kept = company.BUSY_INVOICES
    try:
        company.BUSY_INVOICES = BUSY_INVOICES
        await load_company(pool, now=NOW, today=TODAY, customers=CUSTOMERS)
    finally:
        company.BUSY_INVOICES = kept
    await after_each()
    rich = _Rich(pool)
    await rich.customers()
    await after_each()
    for step in (
        rich.operations, rich.payments, rich.receipts, rich.litigation, rich.unbilled, rich.people, rich.settings, rich.balances,
        rich.settings_of_books, rich.approvals, rich.cards, rich.closed, rich.books, rich.files,
    ):  # fmt: skip
        await step()
        await after_each()


class _Rich:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.one = self.two = self.three = self.four = 0

    async def do(self, work: Callable[[Connection], Awaitable[Any]]) -> Any:
        return await transaction(self.pool, work)

    async def ask(self, action: Callable[..., Awaitable[Sequence[Any]]], *requests: object, typed: bool = True) -> Any:
        async def work(conn: Connection) -> Any:
            types = [await load_types(conn)] if typed else []
            answers = await action(conn, list(requests), *types, today=TODAY)
            assert not any(isinstance(one, tuple) for one in answers), answers
            return answers

        return await self.do(work)

    async def post(self, *new: NewOperation, key: str | None = None) -> tuple[int, ...]:
        async def work(conn: Connection) -> tuple[int, ...]:
            request = PostRequest(new, ACTOR, "rich books", key=key, fingerprint=b"f" * 32 if key else b"")
            (answer,) = await post(conn, [request], await load_types(conn))
            assert isinstance(answer, Posted), answer
            return tuple(answer.numbers)

        return await self.do(work)  # type: ignore[no-any-return]

    def invoice(self, account: int, amount: str, days: int = 40, **more: Any) -> NewOperation:
        day = TODAY - timedelta(days)
        return NewOperation(account, "INV_STD", D(amount), day, day + timedelta(30), "EUR", **more)

    async def customers(self) -> None:
        async def work(conn: Connection) -> list[int]:
            wanted = [
                NewCustomer(**(COMPLETE | {"code": f"RICH-{n}", "account_code": f"RA-{n}"})) for n in (1, 2, 3, 4)
            ]
            made = await create_customers(conn, wanted, actor=ACTOR, now=NOW)
            return [one.account_id for one in made if isinstance(one, CreatedCustomer)]

        self.one, self.two, self.three, self.four = await self.do(work)

        async def edit(conn: Connection) -> None:
            changes: Mapping[str, Any] = {"credit_limit": D(5000), "analytic_1": "NORTH"}
            await edit_levels(conn, [Edit(Level.ACCOUNT, "RA-1", 1, changes)], actor=ACTOR, now=NOW, reason="agreed")
            await edit_levels(conn, [Edit(Level.CUSTOMER, "RICH-2", 1, {"city": "Kiel"})], actor=ACTOR, now=NOW)

        await self.do(edit)

    async def operations(self) -> None:
        texts: dict[str, Any] = {"reference": "R-1", "description": "rich", "order_number": "PO-7", "comment": "seen"}
        await self.post(
            self.invoice(self.one, "120", net=D(100), tax=D(20), **texts), self.invoice(self.one, "60", 35, reference="R-2"),
            self.invoice(self.one, "90", 20), self.invoice(self.two, "200", 30, reference="R-3"), self.invoice(self.three, "75"),
        )  # fmt: skip
        await self.post(self.invoice(self.three, "10", reference="R-9"), key="posted-once")
        await self.post(NewOperation(self.two, "PAY_WIRE", D(50), TODAY - timedelta(5), currency="EUR"))

    async def payments(self) -> None:
        day = TODAY - timedelta(10)
        pays = [
            PaymentRequest(NewOperation(self.one, "PAY_CHK", D(130), day, currency="EUR", reference="CHQ 1"), ACTOR),
            PaymentRequest(NewOperation(self.two, "PAY_WIRE", D(300), day, currency="EUR", collected_on=day), ACTOR,
                           key="paid-once", fingerprint=b"p" * 32),
            PaymentRequest(NewOperation(self.three, "PAY_DDT", D(75), day, currency="EUR"), ACTOR),
        ]  # fmt: skip
        first, second, third = await self.ask(register, *pays)
        await self.ask(reject_payment, ReversalRequest(self.one, first.number, ACTOR, "returned by the bank"))
        await self.ask(reject_payment, ReversalRequest(self.three, third.number, ACTOR, "no funds"))
        await self.ask(refund, RefundRequest(self.two, second.number, ACTOR, D(20), reason="asked for it"))
        await self.ask(transfer, TransferRequest(self.two, second.number, self.three, ACTOR, "paid by mistake", D(30)))
        await self.ask(transfer, TransferRequest(self.one, 3, self.two, ACTOR, "the branch pays", D(15)))
        await self.ask(write_off, WriteOffRequest(self.one, 2, ACTOR, "too small", D(7)))
        (gone,) = await self.ask(write_off, WriteOffRequest(self.three, 1, ACTOR, "too old", D(5)))
        await self.ask(reverse_write_off, ReversalRequest(self.three, gone.posted[0].number, ACTOR, "it was paid"))
        await self.ask(credit_note, CreditNoteRequest(self.one, 1, ACTOR, "half of it", D(12)))
        debit, credit = await self.post(
            self.invoice(self.four, "40"), NewOperation(self.four, "PAY_WIRE", D(40), day, currency="EUR")
        )
        (made,) = await self.ask(match, MatchRequest(self.four, (debit,), (credit,), ACTOR, effective_on=day))
        await self.ask(
            unmatch,
            UnmatchRequest(self.four, made.group_number, ACTOR, effective_on=TODAY, reason="wrong"),
            typed=False,
        )
        await self.ask(match, MatchRequest(self.four, (debit,), (credit,), ACTOR))

    async def receipts(self) -> None:
        async def work(conn: Connection) -> list[int]:
            wishes = [
                ReceiptRequest(
                    1, "EUR", D(amount), TODAY - timedelta(3), ACTOR, payer_text="somebody", entry_key=f"E{amount}"
                )
                for amount in ("80", "33", "44")
            ]
            made = await record_unidentified(conn, wishes, await load_types(conn), today=TODAY)
            return [one.receipt_id for one in made]  # type: ignore[union-attr]

        first, second, third = await self.do(work)
        await self.ask(
            assign_receipts, AssignRequest(first, self.one, ACTOR, D(30)), AssignRequest(second, self.three, ACTOR)
        )
        await self.ask(return_receipts, ReturnRequest(third, ACTOR, "nobody's"), typed=False)

    async def litigation(self) -> None:
        await self.do(lambda conn: create_reason(conn, "WEATHER", "Bad weather", actor=ACTOR))
        enter = DisputeRequest(
            self.one, 3, DisputeVerb.ENTER, ACTOR, D(40), TODAY - timedelta(4), "late", "ann", reason_code="WEATHER"
        )
        await self.ask(dispute, enter, typed=False)
        await self.ask(dispute, DisputeRequest(self.one, 3, DisputeVerb.UPDATE, ACTOR, D(35)), typed=False)
        await self.ask(
            dispute, DisputeRequest(self.three, 1, DisputeVerb.ENTER, ACTOR, D(5), reason="wrong"), typed=False
        )
        await self.ask(dispute, DisputeRequest(self.three, 1, DisputeVerb.REMOVE, ACTOR), typed=False)

    async def unbilled(self) -> None:
        await self.do(lambda conn: add_service(conn, "REPAIR", "Repair", D(20), actor=ACTOR))

        async def work(conn: Connection) -> None:
            charge = NewItem(self.one, ItemKind.MANUAL_CHARGE, "REPAIR", D(24), TODAY, ACTOR, "door", "was urgent")
            credit = NewItem(self.one, ItemKind.MANUAL_CREDIT, "CALLS", D(12), TODAY, ACTOR)
            made = await add_items(conn, [charge, charge, credit], today=TODAY)
            assert not any(isinstance(one, tuple) for one in made), made

        await self.do(work)
        (number,) = await self.post(self.invoice(self.one, "24", 0))
        await self.do(lambda conn: bill(conn, self.one, [1], number))

    async def people(self) -> None:
        async def work(conn: Connection) -> None:
            person = NewUser("nora", "Nora", "agent")
            words = {"passwords": PASSWORDS, "sellers": ["MAIN"], "actor": ACTOR, "now": NOW}
            await add_user(conn, person, password="quiet harbour lantern", **words)  # type: ignore[arg-type]
            await change_user(conn, "nora", UserChange(role="cashier"), sellers=["MAIN"], actor=ACTOR)
            for name in ("program", "old program"):
                made = await create_token(conn, name=name, role="agent", sellers=["MAIN"], actor=ACTOR, now=NOW)
            await revoke_token(conn, made.token.token_id, actor=ACTOR, now=NOW)
            await create_endpoint(conn, EndpointDraft("https://hooks.example/x", "books"), actor=ACTOR, now=NOW)

        await self.do(work)

    async def settings(self) -> None:
        async def work(conn: Connection) -> None:
            await create_method(
                conn, PaymentMethod("COIN", "Coins", "PAY_CASH"), payment_types=["PAY_CASH"], actor=ACTOR
            )
            await change_seller(conn, "MAIN", 1, {"city": "Paris"}, actor=ACTOR)
            await switch(conn, "write_offs", True, ACTOR, reason="as it was")
            await change_settings(
                conn, auto_refund=True, limits=[DepositLimit("EUR", D(9000), D(9000))], version=1, actor=ACTOR
            )
            rule = (await load_rules(conn))[0]
            await put_rule(conn, rule, [], ACTOR, version=None)
            await put_holidays(conn, 1, [Holiday(date(2026, 12, 25), "Christmas")], ACTOR)

        await self.do(work)

    async def balances(self) -> None:
        async def work(conn: Connection) -> None:
            for code in ("late", "gone"):
                draft = Draft(code, "Late", expression="#{ accountOperation.type == 'I' }", measure="open")
                made = await create_definition(conn, draft, actor=ACTOR)
            await change_definition(conn, "late", Draft("late", "Very late"), version=1, actor=ACTOR)
            await delete_definition(conn, "gone", version=made.version, actor=ACTOR)

        await self.do(work)
        await take_snapshots(self.pool)

    async def settings_of_books(self) -> None:
        async def work(conn: Connection) -> None:
            new = NewType("TOLL", "Toll", "OCC", "debit", "411", "701", None, "GEN")
            await create_type(conn, new, actor=ACTOR)
            await save_general_account(conn, GeneralAccount("7061", "Tolls", False, 0), known=None, actor=ACTOR)
            dual = await get_scheme(conn, "DUAL")
            await save_scheme(conn, dual, known=dual.version, actor=ACTOR)

        await self.do(work)

    async def approvals(self) -> None:
        kinds = ["refund", "write_off"]
        limit = Limit("agent", "refund", "EUR", D(10), D(100))
        await self.do(lambda conn: set_limits(conn, [limit], kinds=kinds, actor=ACTOR))
        desk = make_approvals(lambda: NOW, TypeCatalogue(self.pool))

        async def propose(amount: str, actor: str) -> Any:
            request = RefundRequest(self.two, 2, actor, D(amount), method="WIRETRANSFER")
            proposal = Proposal("refund", self.two, D(amount), "EUR", content_of(request), actor, "agent", "asked")
            return await self.do(lambda conn: desk.submit(conn, proposal, now=NOW, today=TODAY))

        await propose("6", "alone")
        waits = [await propose(str(11 + n), f"agent{n}") for n in range(3)]
        for one, approve in zip(waits[:2], (True, False), strict=True):

            async def decide(conn: Connection, number: int = one.approval_id, approve: bool = approve) -> object:
                said = {"decider": "boss", "role": "controller", "reason": "looked at"}
                return await desk.decide(conn, number, approve=approve, **said, now=NOW, today=TODAY)

            await self.do(decide)

    async def cards(self) -> None:
        gateway = Sandbox(self.pool, lambda: NOW)

        async def take(headers: Mapping[str, str], body: bytes) -> str:
            return await receive(gateway, self.pool, headers, body, clock=lambda: NOW)

        setup = await begin_setup(gateway, self.pool, self.four, "http://back", actor=ACTOR, clock=lambda: NOW)
        assert setup.gateway_reference is not None
        await gateway.enter_card(setup.gateway_reference, "4242424242424242", 2029, 12)
        await finish_setup(gateway, self.pool, (self.four, setup.setup_number), clock=lambda: NOW)
        await self.post(self.invoice(self.four, "100"), self.invoice(self.four, "50"))
        for kind, amount, of in (
            ("charge", "100", None),
            ("charge", "20", None),
            ("authorize", "30", None),
            ("void", None, 3),
        ):
            wish = CardRequest(
                self.four, CardKind(kind), ACTOR, None if amount is None else D(amount), None, of, reason="shop"
            )
            await ask(gateway, self.pool, wish, clock=lambda: NOW)
        await gateway.send_events(take)
        async with self.pool.connection() as conn:
            found = await (
                await conn.execute(
                    "select gateway_reference from card_transaction where account_id = %s and kind = 'charge' order by 1",
                    [self.four],
                )
            ).fetchall()
        names = [await gateway.charge_back(reference, None, "fraudulent") for (reference,) in found]
        await gateway.send_events(take)
        assert names[0] is not None
        await gateway.end_chargeback(names[0], won=True)
        await gateway.send_events(take)

    async def closed(self) -> None:
        async def work(conn: Connection) -> None:
            wanted = [NewCustomer(**(COMPLETE | {"code": "RICH-9", "account_code": "RA-9"}))]
            (made,) = await create_customers(conn, wanted, actor=ACTOR, now=NOW)
            assert isinstance(made, CreatedCustomer), made
            await set_account_state(conn, made.account_id, "CLOSED", "moved away", actor=ACTOR, now=NOW)
            await set_account_state(conn, self.three, "SUSPENDED", "does not pay", actor=ACTOR, now=NOW)

        await self.do(work)

    async def books(self) -> None:
        await generate(self.pool, actor=ACTOR, until=TODAY)

    async def files(self) -> None:
        for form in ("csv", "fec"):
            siren = "732829320" if form == "fec" else None
            asked = ExportRequest(
                form=form, from_on=date(2026, 1, 1), until_on=TODAY, seller_id=1, currency="EUR", siren=siren
            )

            async def begin(conn: Connection, asked: ExportRequest = asked) -> int:
                return (await begin_export(conn, asked, actor=ACTOR)).export_id

            export_id = await self.do(begin)
            with tempfile.TemporaryFile() as out:
                await make_file(self.pool, export_id, out)
