"""Faults to plant in the code: each one small, of a kind that people make, and the tests that ought to find it."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """In `file` the text `old` becomes `new`; one of `tests` should fail."""

    name: str
    file: str
    old: str
    new: str
    tests: str


FAULTS = (
    Fault(
        "oldest due date first becomes newest number first",
        "matching/rules.py", "return item.due_on, item.number", "return item.due_on, -item.number",
        "tests/matching tests/oracle/test_bulk_matching.py",
    ),
    Fault(
        "a match may count a day before an operation is there",
        "matching/rules.py", "earliest = max(item.not_before for item in items)", "earliest = min(item.not_before for item in items)",
        "tests/matching tests/oracle/test_time_travel.py",
    ),
    Fault(
        "what is unmatched is taken off again instead of given back",
        "matching/rules.py", "open=item.open + amount", "open=item.open - amount",
        "tests/matching",
    ),
    Fault(
        "unmatching leaves no trace in the audit",
        "matching/unmatching.py", "    await operation_store.save_changes(conn, coalesce(bench.changes))\n    await audit.append(conn, told)",
        "    await operation_store.save_changes(conn, coalesce(bench.changes))",
        "tests/matching tests/audit",
    ),
    Fault(
        "exactly the limit already waits for a second person",
        "approvals/rules.py", "limit.single_most is not None and asked > limit.single_most", "limit.single_most is not None and asked >= limit.single_most",
        "tests/approvals",
    ),
    Fault(
        "the limit of a day forgets what was done before",
        "approvals/rules.py", "used + asked > limit.day_most", "asked > limit.day_most",
        "tests/approvals",
    ),
    Fault(
        "who proposed may approve under a name of other letters",
        "approvals/rules.py", "return one.strip().casefold() == other.strip().casefold()", "return one == other",
        "tests/approvals",
    ),
    Fault(
        "an approval is no longer bound to its amount",
        "approvals/rules.py", "canonical([kind, account_id, plain(amount), currency, content])", "canonical([kind, account_id, currency, content])",
        "tests/approvals",
    ),
    Fault(
        "approvals of other sellers are listed",
        "approvals/queries.sql", "    and (:seller_id::bigint is null or a.seller_id = :seller_id)\n", "",
        "tests/approvals tests/web/test_approvals.py",
    ),
    Fault(
        "an approval still stands at the instant it ends",
        "approvals/rules.py", "if approval.expires_at <= now:", "if approval.expires_at < now:",
        "tests/approvals",
    ),
    Fault(
        "tokens of other sellers can be revoked",
        "access/queries.sql", "where token_id = :token_id and revoked_at is null and (:seller::text is null or seller_code = :seller)",
        "where token_id = :token_id and revoked_at is null and (:seller::text is null or true)",
        "tests/access tests/faces/api/test_tokens.py",
    ),
    Fault(
        "a password may be one character shorter",
        "access/rules/passwords.py", "if len(plain) < SHORTEST:", "if len(plain) < SHORTEST - 1:",
        "tests/access",
    ),
    Fault(
        "a password that must be changed opens every page",
        "app/web/visitors.py", "if visitor.must_change_password and not _is_own(request.url.path):", "if visitor.must_change_password and False:",
        "tests/access/test_signing.py",
    ),
    Fault(
        "who is kept to an unknown seller sees all",
        "app/web/visitors.py", "seller_id = None if caller.seller is None else await services.directory.seller_id(caller.seller)", "seller_id = None",
        "tests/access/test_signing.py tests/web/test_rights.py",
    ),
    Fault(
        "routes of a feature that is off still answer",
        "features/guard.py", "            await features.check(code)\n", "",
        "tests/features tests/deposits tests/instalments/test_api.py",
    ),
    Fault(
        "the pages of deposits are there though the feature is off",
        "app/web/pages/deposits.py", "    await page.services.features.check(FEATURE)\n", "",
        "tests/web/test_deposits_pages.py",
    ),
    Fault(
        "the list of disputes is there though the feature is off",
        "litigation/listings.py", '    feature="litigation",\n', "",
        "tests/web/test_litigation.py",
    ),
    Fault(
        "a switched feature leaves no trace in the audit",
        "features/actions.py", 'await audit.append(conn, [AuditRecord(0, action_id, actor, "feature_switch", reason, was, told)])', "pass",
        "tests/features",
    ),
    Fault(
        "a credit that is no invoice can be disputed",
        "litigation/rules.py", 'if item.class_ != "I" or item.side is not Side.DEBIT:', 'if item.class_ != "I" and item.side is not Side.DEBIT:',
        "tests/litigation",
    ),
    Fault(
        "a dispute that ends lets earlier matches happen",
        "litigation/rules.py", "if disputed < item.disputed else item.not_before", "if disputed > item.disputed else item.not_before",
        "tests/litigation tests/oracle/test_time_travel.py",
    ),
    Fault(
        "a customer of any category may have a plan",
        "instalments/rules.py", "if allowed and terms.category not in allowed:", "if allowed and not terms.category:",
        "tests/instalments",
    ),
    Fault(
        "two instalments may be due on one day",
        "instalments/rules.py", "if place and part.due_on <= parts[place - 1].due_on:", "if place and part.due_on < parts[place - 1].due_on:",
        "tests/instalments/test_rules.py tests/instalments/test_actions.py",
    ),
    Fault(
        "a disputed debit is put off",
        "instalments/rules.py", "    if item.disputed > 0:\n", "    if item.disputed > item.open:\n",
        "tests/instalments",
    ),
    Fault(
        "a deposit that was completed in parts is locked, though something of it was used",
        "deposits/rules.py", "return Event.FUND_ALL if deposit.balance + amount == deposit.expected else Event.FUND_REST", "return Event.FUND_ALL",
        "tests/deposits tests/oracle/test_deposits.py",
    ),
    Fault(
        "a deposit ends on the day on which it begins",
        "deposits/rules.py", "if until is not None and until <= day:", "if until is not None and until < day:",
        "tests/deposits",
    ),
    Fault(
        "the limit of all deposits of a customer counts only the new one",
        "deposits/rules.py", "customer_sum + amount > limit.customer_most", "amount > limit.customer_most",
        "tests/deposits",
    ),
    Fault(
        "amounts are rounded half to even",
        "kernel/money.py", "ROUND_HALF_UP, EXACT)", '"ROUND_HALF_EVEN", EXACT)',
        "tests/kernel tests/unbilled",
    ),
    Fault(
        "of equal remainders the later part takes the cent",
        "kernel/money.py", "key=lambda i: (-remainders[i], i))", "key=lambda i: (-remainders[i], -i))",
        "tests/kernel tests/instalments",
    ),
    Fault(
        "tax is worked out of the gross amount",
        "unbilled/rules.py", "EXACT.divide(gross * 100, 100 + tax_rate)", "EXACT.divide(gross * (100 - tax_rate), 100)",
        "tests/unbilled",
    ),
    Fault(
        "a quarter is one month long at the end of a year",
        "unbilled/rules.py", "if following > 12 else", "if following >= 12 else",
        "tests/unbilled",
    ),
    Fault(
        "net and tax need not make the amount",
        "operations/rules.py", "if new.net + new.tax != new.amount:", "if new.net + new.tax > new.amount:",
        "tests/operations tests/imports/test_rules.py",
    ),
    Fault(
        "an invoice may be due before its day",
        "operations/rules.py", 'kind.class_ == "I" and new.due_on is not None and new.due_on < new.operation_on', 'kind.class_ == "P" and new.due_on is not None and new.due_on < new.operation_on',
        "tests/operations tests/imports",
    ),
    Fault(
        "a period that is closed for all is opened for regular users",
        "periods/rules.py", "if turn.scope is Scope.REGULAR and period.is_closed(Scope.ALL):", "if turn.scope is Scope.ALL and period.is_closed(Scope.REGULAR):",
        "tests/periods",
    ),
    Fault(
        "years may overlap by a day",
        "periods/rules.py", "if new.starts_on <= year.ends_on and year.starts_on <= new.ends_on:", "if new.starts_on < year.ends_on and year.starts_on < new.ends_on:",
        "tests/periods",
    ),
    Fault(
        "a webhook of one seller hears of another's events",
        "outbox/rules.py", "and draft.seller in {None, event.seller}", "and draft.seller in {None, event.seller, draft.seller}",
        "tests/outbox",
    ),
    Fault(
        "a redirect counts as delivered",
        "outbox/rules.py", "return 200 <= status < 300", "return 200 <= status < 400",
        "tests/outbox/test_rules.py tests/outbox/test_sending.py",
    ),
    Fault(
        "an authorization can be captured at the instant it ends",
        "cards/rules.py", "now >= transaction.expires_at", "now > transaction.expires_at",
        "tests/cards/test_rules.py",
    ),
    Fault(
        "more of an operation is settled than is available",
        "payments/rules.py", "    if amount > item.available:\n        said = f\"{plain(amount)} is asked of", "    if amount > item.open:\n        said = f\"{plain(amount)} is asked of",
        "tests/payments",
    ),
    Fault(
        "a scheme that does not balance is kept",
        "accounting/rules.py", "return [line.amount for line in lines] if (net, tax) == (0, 0) else None", "return [line.amount for line in lines] if net == 0 else None",
        "tests/accounting/test_rules.py tests/accounting/test_schemes.py",
    ),
    Fault(
        "the trial balance holds other sellers' entries",
        "accounting/queries.sql", "where e.accounting_on <= :until_on and (:seller_id::bigint is null or e.seller_id = :seller_id)", "where e.accounting_on <= :until_on and (:seller_id::bigint is null or true)",
        "tests/accounting tests/web/test_accounting_pages.py",
    ),
    Fault(
        "texts of people stand raw on pages",
        "app/web/render.py", "auto_escape_callback=lambda _: True", "auto_escape_callback=lambda _: False",
        "tests/web/test_pages.py tests/web/test_errors.py",
    ),
    Fault(
        "one comment stands raw in one list",
        "app/web/templates/customers/unbilled.html", "{{ one.comment }}{% if", "{{ one.comment|safe }}{% if",
        "tests/web/test_hostile.py",
    ),
    Fault(
        "a name stands raw in an attribute",
        "app/web/templates/customers/accounts.html", "aria-label=\"{{ t('Change {name}', name=b.code) }}\"", "aria-label=\"{{ b.description|safe }}\"",
        "tests/web/test_hostile.py",
    ),
    Fault(
        "verification overlooks the first card number of a column",
        "verification/card_numbers.py", "counts.update(place for place, text in rows if", "counts.update(place for place, text in rows[1:] if",
        "tests/verification/test_card_numbers.py",
    ),
    Fault(
        "a form that was sent still asks for its preview",
        "app/web/static/dialogs.js", "    hush();\n    const body", "    const body",
        "tests/web/test_balance_browser.py",
    ),
    Fault(
        "a form from another site is taken",
        "app/web/routes.py", "    guards=[same_origin],\n    before_request=look_first,", "    before_request=look_first,",
        "tests/access/test_signing.py tests/web/test_errors.py",
    ),
    Fault(
        "no security headers",
        "app/api/envelope.py", "headers = [*message[\"headers\"], (b\"x-request-id\", request_id), *SECURITY_HEADERS]", "headers = [*message[\"headers\"], (b\"x-request-id\", request_id)]",
        "tests/faces/api/test_application.py",
    ),
    Fault(
        "the command line ends with 0 where something was refused",
        "app/cli/main.py", "        print_refusals(refused.refusals)\n        sys.exit(1)", "        print_refusals(refused.refusals)\n        sys.exit(0)",
        "tests/faces/cli tests/payments/test_commands.py",
    ),
    Fault(
        "a dry run of the command line keeps what it did",
        "db/transaction.py", "force_rollback=dry_run", "force_rollback=False",
        "tests/db/test_transaction.py tests/payments/test_commands.py",
    ),
)  # fmt: skip
