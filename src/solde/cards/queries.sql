-- name: list_cards
-- Cards of an account, the default first; those removed too where asked for.
-- grain: one row per card
select account_id, card_number, gateway, token, customer_reference, brand, last4, expires_year, expires_month, is_default, state, created_at
from payment_card
where account_id = :account_id and (:removed::boolean or state = 'ACTIVE')
order by is_default desc, card_number;

-- name: insert_card
-- Store a card; gives nothing where its token is stored already.
insert into payment_card (
    account_id, card_number, gateway, token, customer_reference, brand, last4, expires_year, expires_month, is_default, created_at, action_id
)
select :account_id, coalesce(max(card_number), 0) + 1, :gateway, :token, :customer_reference, :brand, :last4, :expires_year, :expires_month,
    coalesce(bool_or(is_default), false) is false, :now, :action_id
from payment_card where account_id = :account_id
on conflict (account_id, gateway, token) do nothing
returning card_number;

-- name: find_card_of_token
-- The card stored under a token.
-- grain: at most one row
select card_number from payment_card where account_id = :account_id and gateway = :gateway and token = :token;

-- name: clear_default
-- No card of the account is the default.
update payment_card set is_default = false where account_id = :account_id and is_default;

-- name: set_default
-- Make a card the default.
update payment_card set is_default = true where account_id = :account_id and card_number = :card_number;

-- name: set_card_state
-- Remove a card, or bring one back whose token came again; a removed one is no default.
update payment_card set state = :state, is_default = is_default and :state = 'ACTIVE'
where account_id = :account_id and card_number = :card_number;

-- name: insert_setup
-- A card that is being added on the gateway's page.
insert into card_setup (account_id, setup_number, gateway, reference, actor, created_at)
select :account_id, coalesce(max(setup_number), 0) + 1, :gateway, :reference, :actor, :now from card_setup where account_id = :account_id
returning setup_number;

-- name: place_setup
-- Where the card is entered.
update card_setup set gateway_reference = :gateway_reference, redirect_url = :redirect_url
where account_id = :account_id and setup_number = :setup_number;

-- name: end_setup
-- The card that came of it.
update card_setup set card_number = :card_number where account_id = :account_id and setup_number = :setup_number;

-- name: find_setup
-- A card being added, by its number or our reference.
-- grain: at most one row
select account_id, setup_number, gateway, reference, gateway_reference, redirect_url, card_number, actor, created_at
from card_setup
where account_id = :account_id and (setup_number = :setup_number::integer or reference = :reference::text);

-- name: insert_transaction
-- Write an intent.
insert into card_transaction (
    account_id, transaction_number, kind, amount, currency, gateway, merchant, reference, card_number, parent_number, actor, reason, comment,
    return_url, created_at, changed_at, check_at, action_id
)
values (
    :account_id, :transaction_number, :kind, :amount, :currency, :gateway, :merchant, :reference, :card_number, :parent_number, :actor, :reason,
    :comment, :return_url, :now, :now, :check_at, :action_id
);

-- name: last_number
-- The last transaction number of an account; read under its lock.
-- grain: one row
select coalesce(max(transaction_number), 0) from card_transaction where account_id = :account_id;

-- name: get_transactions
-- Transactions of an account as they stand: those named, and all that belong to them.
-- grain: one row per transaction
select account_id, transaction_number, kind, state, amount, currency, gateway, merchant, reference, gateway_reference, card_number, parent_number,
    captured, refunded, refunding, charged_back, exceeded, expires_at, operation_number, redirect_url, code, alert, actor, reason, comment,
    return_url, attempts, created_at, changed_at, check_at
from card_transaction
where account_id = :account_id and (transaction_number = any(:numbers::integer[]) or parent_number = any(:numbers::integer[]))
order by transaction_number;

-- name: list_transactions
-- Transactions of an account below a number, newest first.
-- grain: one row per transaction
select account_id, transaction_number, kind, state, amount, currency, gateway, merchant, reference, gateway_reference, card_number, parent_number,
    captured, refunded, refunding, charged_back, exceeded, expires_at, operation_number, redirect_url, code, alert, actor, reason, comment,
    return_url, attempts, created_at, changed_at, check_at
from card_transaction
where account_id = :account_id and transaction_number < :before
    and (cardinality(:kinds::text[]) = 0 or kind = any(:kinds::text[]))
    and (cardinality(:states::text[]) = 0 or state = any(:states::text[]))
order by transaction_number desc
limit :limit;

-- name: list_all_transactions
-- Transactions of all accounts before one, newest first, with whose they are, the card and what a chargeback left to do.
-- grain: one row per transaction
select d.code, c.code, coalesce(f.description, c.name), k.brand, k.last4, g.task, t.action_id,
    t.account_id, t.transaction_number, t.kind, t.state, t.amount, t.currency, t.gateway, t.merchant, t.reference, t.gateway_reference,
    t.card_number, t.parent_number, t.captured, t.refunded, t.refunding, t.charged_back, t.exceeded, t.expires_at, t.operation_number,
    t.redirect_url, t.code, t.alert, t.actor, t.reason, t.comment, t.return_url, t.attempts, t.created_at, t.changed_at, t.check_at
from card_transaction t
join account_directory d on d.account_id = t.account_id
join account_profile f on f.account_id = t.account_id
join customer c on c.customer_id = d.customer_id
left join card_transaction w on w.account_id = t.account_id and w.transaction_number = t.parent_number
left join payment_card k on k.account_id = t.account_id and k.card_number = coalesce(t.card_number, w.card_number)
left join lateral (
    select min(b.task) as task
    from card_chargeback b
    where b.account_id = t.account_id and b.transaction_number = t.transaction_number and b.state = 'OPEN'
) g on true
where (t.action_id, t.account_id, t.transaction_number) < (:after_action::bigint, :after_account::bigint, :after_number::integer)
    and (:seller_id::integer is null or d.seller_id = :seller_id::integer)
    and (:account::text is null or d.code = :account::text)
    and (cardinality(:kinds::text[]) = 0 or t.kind = any(:kinds::text[]))
    and (cardinality(:states::text[]) = 0 or t.state = any(:states::text[]))
    and (:from_on::date is null or t.created_at >= :from_on::date::timestamp at time zone 'UTC')
    and (:until_on::date is null or t.created_at < (:until_on::date + 1)::timestamp at time zone 'UTC')
    and (not :attention::boolean or t.state = 'UNKNOWN' or t.alert is not null or g.task is not null)
    and not exists (
        select from unnest(:words::text[]) w (word)
        where not exists (
            select from search_term s where s.customer_id = d.customer_id and s.term >= w.word and s.term < w.word || :end::text
        )
    )
order by t.action_id desc, t.account_id desc, t.transaction_number desc
limit :limit;

-- name: list_unsettled
-- Charges and authorizations of an account whose outcome is unknown.
-- grain: one row per transaction
select account_id, transaction_number, kind, state, amount, currency, gateway, merchant, reference, gateway_reference, card_number, parent_number,
    captured, refunded, refunding, charged_back, exceeded, expires_at, operation_number, redirect_url, code, alert, actor, reason, comment,
    return_url, attempts, created_at, changed_at, check_at
from card_transaction
where account_id = :account_id and state = 'UNKNOWN' and parent_number is null
order by transaction_number;

-- name: claim_call
-- Take the call of a transaction for oneself until a time: nobody else calls meanwhile. Nothing where it is not live, or taken.
update card_transaction set attempts = attempts + 1, check_at = :until, changed_at = :now
where account_id = :account_id and transaction_number = :transaction_number and state in ('CREATED', 'PENDING', 'UNKNOWN')
    and ((attempts = 0 and state = 'CREATED') or check_at <= :now or :at_once::boolean)
returning attempts;

-- name: move_transaction
-- What became of a transaction.
update card_transaction
set state = :state, gateway_reference = :gateway_reference, captured = :captured, refunded = :refunded, refunding = :refunding,
    charged_back = :charged_back, exceeded = :exceeded, expires_at = :expires_at, operation_number = :operation_number,
    redirect_url = :redirect_url, code = :code, alert = :alert, changed_at = :now, check_at = :check_at
where account_id = :account_id and transaction_number = :transaction_number;

-- name: insert_reference
-- Note whose a gateway reference is, for ever.
insert into card_reference (gateway, merchant, gateway_reference, account_id, transaction_number)
values (:gateway, :merchant, :gateway_reference, :account_id, :transaction_number)
on conflict (gateway, merchant, gateway_reference) do nothing;

-- name: find_reference
-- Whose a gateway reference is.
-- grain: at most one row
select account_id, transaction_number from card_reference
where gateway = :gateway and merchant = :merchant and gateway_reference = :gateway_reference;

-- name: insert_attempt
-- A call that begins, or a word that came.
insert into card_attempt (
    account_id, transaction_number, attempt_number, what, started_at, ended_at, verdict, code, request_id, gateway_reference, actor
)
select :account_id, :transaction_number, coalesce(max(attempt_number), 0) + 1, :what, :started_at, :ended_at::timestamptz, :verdict, :code,
    :request_id, :gateway_reference, :actor
from card_attempt where account_id = :account_id and transaction_number = :transaction_number
returning attempt_number;

-- name: end_attempt
-- How a call ended.
update card_attempt
set ended_at = :ended_at, verdict = :verdict, code = :code, request_id = :request_id, gateway_reference = :gateway_reference
where account_id = :account_id and transaction_number = :transaction_number and attempt_number = :attempt_number;

-- name: list_attempts
-- Calls and words of a transaction, in order.
-- grain: one row per attempt
select account_id, transaction_number, attempt_number, what, started_at, ended_at, verdict, code, request_id, gateway_reference, actor
from card_attempt
where account_id = :account_id and transaction_number = :transaction_number
order by attempt_number;

-- name: list_due
-- Transactions that the janitor should look at: calls without outcome, authorizations whose time has come.
-- grain: one row per transaction
select account_id, transaction_number, state from card_transaction
where check_at <= :now and gateway = :gateway and (account_id, transaction_number) > (:after_account::bigint, :after_number::integer)
order by account_id, transaction_number
limit :limit;

-- name: insert_event
-- Note an event of a gateway; nothing where it is known.
insert into gateway_event (gateway, event_id, kind, account_id, transaction_number, words, told, received_at)
values (:gateway, :event_id, :kind, :account_id, :transaction_number, :words, :told, :now)
on conflict (gateway, event_id) do nothing
returning event_id;

-- name: find_event
-- Is an event known?
-- grain: at most one row
select told from gateway_event where gateway = :gateway and event_id = :event_id;

-- name: list_events
-- Events that concern a transaction, in the order they came.
-- grain: one row per event
select event_id, kind, words, told, received_at from gateway_event
where account_id = :account_id and transaction_number = :transaction_number
order by received_at, event_id;

-- name: list_chargebacks
-- Chargebacks of an account, or of one transaction, or by the gateway's own name.
-- grain: one row per chargeback
select account_id, chargeback_number, transaction_number, gateway_reference, amount, currency, state, reason, rejection_number, return_number,
    task, opened_at, ended_at
from card_chargeback
where account_id = :account_id and (:transaction_number::integer is null or transaction_number = :transaction_number::integer)
    and (:gateway_reference::text is null or gateway_reference = :gateway_reference::text)
order by chargeback_number;

-- name: insert_chargeback
-- A chargeback.
insert into card_chargeback (
    account_id, chargeback_number, transaction_number, gateway_reference, amount, currency, state, reason, rejection_number, task, opened_at,
    ended_at, action_id
)
select :account_id, coalesce(max(chargeback_number), 0) + 1, :transaction_number, :gateway_reference, :amount, :currency, :state, :reason,
    :rejection_number, :task, :now, :ended_at::timestamptz, :action_id
from card_chargeback where account_id = :account_id
returning chargeback_number;

-- name: end_chargeback
-- How a chargeback ended.
update card_chargeback set state = :state, return_number = :return_number, task = :task, ended_at = :now
where account_id = :account_id and chargeback_number = :chargeback_number;

-- name: insert_chargeback_lines
-- What a chargeback opened again.
insert into card_chargeback_line (account_id, chargeback_number, number, amount, disputed)
select :account_id, :chargeback_number, l.number, l.amount, l.disputed
from unnest(:numbers::bigint[], :amounts::numeric[], :disputed::boolean[]) l (number, amount, disputed);

-- name: list_chargeback_lines
-- What a chargeback opened again.
-- grain: one row per operation
select number, amount, disputed from card_chargeback_line
where account_id = :account_id and chargeback_number = :chargeback_number
order by number;

-- name: zone_of
-- The time zone of the seller of an account.
-- grain: at most one row
select s.time_zone from account_directory d join seller s on s.seller_id = d.seller_id where d.account_id = :account_id;
