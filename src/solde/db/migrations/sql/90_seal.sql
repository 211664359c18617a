-- What is sealed beside the audit records: the facts of their actions, and how everything that may change stood.
-- A seal is taken a minute or so after the writing; `solde verify` takes it again and compares.

-- The seal of a row: of every column that means something, as text. Times and days are written as the session writes them, so
-- who seals and who compares sets the same (UTC, ISO).
create function row_digest(content text) returns bytea language sql stable parallel safe
return sha256(convert_to(content, 'UTF8'));

-- Which rows that may change are sealed one by one. verbs: the audit records of an account that let its rows of this part change;
-- wide_verbs: those of no single account that do so for every account. grows: rows may be added without any such record.
-- Of what concerns no account (account_id 0 in state_row) the records of no account count.
-- owner: verification
create table sealed_part (
    part text primary key,
    verbs text[] not null,
    wide_verbs text[] not null default '{}',
    grows boolean not null default false
);

-- How a row stood when its account was last sealed; block_number: the block of the audit chain by then.
-- The row (0, 'chain', number of the last block) holds that block's hash.
-- owner: verification
create table sealed_state (
    account_id bigint not null,
    part text not null,
    key text not null,
    digest bytea not null,
    block_number bigint not null,
    primary key (account_id, part, key)
);
grant update, delete on sealed_state to solde_app;

-- Every fact that its action wrote and nothing may change after, with the columns of a row that never change.
create view fact_row as
select 'operation' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.type_id, f.class, f.side, f.currency, f.amount, f.net, f.tax, f.operation_on, f.due_on,
    f.collected_on, f.recorded_at, f.excluded, f.billing_account_id, f.reference, f.description, f.order_number,
    f.payment_method, f.source, f.comment, f.action_id
)::text) as digest
from operation f
union all
select 'match_group' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.group_number, f.kind, f.effective_on, f.recorded_at, f.reason, f.action_id
)::text) as digest
from match_group f
union all
select 'match_line' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.debit_number, f.credit_number, f.group_number, f.amount, f.effective_on
)::text) as digest
from match_line f
join match_group p on p.account_id = f.account_id and p.group_number = f.group_number
union all
select 'unmatch' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.unmatch_number, f.group_number, f.effective_on, f.recorded_at, f.reason, f.action_id
)::text) as digest
from unmatch f
union all
select 'unmatch_line' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.debit_number, f.credit_number, f.group_number, f.unmatch_number
)::text) as digest
from unmatch_line f
join unmatch p on p.account_id = f.account_id and p.unmatch_number = f.unmatch_number
union all
select 'litigation_event' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.event_number, f.number, f.verb, f.disputed, f.effective_on, f.recorded_at, f.reason_code, f.reason,
    f.owner, f.review_on, f.action_id
)::text) as digest
from litigation_event f
union all
select 'idempotency' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.key, f.request_hash, f.action_id, f.recorded_at
)::text) as digest
from idempotency f
union all
select 'customer' as fact, 0::bigint as account_id, f.action_id as action_id, row_digest(row(
    f.customer_id, f.code, f.kind, f.seller_id, f.created_at, f.action_id
)::text) as digest
from customer f
union all
select 'taken_back' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.by_number
)::text) as digest
from taken_back f
join operation p on p.account_id = f.account_id and p.number = f.by_number
union all
select 'transfer' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.to_account_id, f.to_number
)::text) as digest
from transfer f
join operation p on p.account_id = f.account_id and p.number = f.number
union all
select 'credit_note' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.invoice_number, f.amount
)::text) as digest
from credit_note f
join operation p on p.account_id = f.account_id and p.number = f.number
union all
select 'unbilled_item' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.item_number, f.kind, f.service_id, f.tax_rate, f.net, f.tax, f.gross, f.description, f.internal_comment,
    f.occurred_on, f.period_from, f.period_until, f.recorded_at, f.corrects, f.action_id
)::text) as digest
from unbilled_item f
union all
select 'adjustment' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.adjustment_number, f.type, f.amount, f.payment_mode, f.balance_before, f.balance_after, f.rounding,
    f.unallocated_before, f.unallocated_after, f.item_number, f.transaction_number, f.visible_comment, f.internal_comment,
    f.occurred_on, f.recorded_at, f.action_id
)::text) as digest
from adjustment f
union all
select 'adjustment_operation' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.adjustment_number
)::text) as digest
from adjustment_operation f
join operation p on p.account_id = f.account_id and p.number = f.number
union all
select 'unidentified_receipt' as fact, 0::bigint as account_id, f.action_id as action_id, row_digest(row(
    f.receipt_id, f.seller_id, f.currency, f.amount, f.received_on, f.type_code, f.payment_method, f.reference, f.payer_text,
    f.entry_key, f.recorded_at, f.action_id
)::text) as digest
from unidentified_receipt f
union all
select 'receipt_assignment' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.receipt_id, f.amount, f.recorded_at, f.action_id
)::text) as digest
from receipt_assignment f
union all
select 'payment_card' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.card_number, f.gateway, f.token, f.customer_reference, f.brand, f.last4, f.created_at, f.action_id
)::text) as digest
from payment_card f
union all
select 'card_transaction' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.transaction_number, f.kind, f.amount, f.currency, f.gateway, f.merchant, f.reference, f.card_number,
    f.parent_number, f.actor, f.reason, f.comment, f.return_url, f.created_at, f.action_id
)::text) as digest
from card_transaction f
union all
select 'card_chargeback' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.chargeback_number, f.transaction_number, f.gateway_reference, f.amount, f.currency, f.reason, f.opened_at,
    f.action_id
)::text) as digest
from card_chargeback f
union all
select 'card_chargeback_line' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.chargeback_number, f.number, f.amount, f.disputed
)::text) as digest
from card_chargeback_line f
join card_chargeback p on p.account_id = f.account_id and p.chargeback_number = f.chargeback_number
union all
select 'deposit_entry' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.deposit_number, f.entry_number, f.kind, f.amount, f.balance_after, f.state_after, f.effective_on,
    f.recorded_at, f.concerns, f.actor, f.reason, f.action_id
)::text) as digest
from deposit_entry f
union all
select 'deposit_operation' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.deposit_number, f.entry_number, f.part
)::text) as digest
from deposit_operation f
join deposit_entry p on p.account_id = f.account_id and p.deposit_number = f.deposit_number and p.entry_number = f.entry_number
union all
select 'journal_piece' as fact, f.account_id as account_id, f.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.seller_id, f.accounting_on, f.journal, f.sequence, f.scheme, f.scheme_version, f.currency,
    f.lines, f.debit, f.credit, f.reference, f.customer_name, f.recorded_at, f.action_id
)::text) as digest
from journal_piece f
union all
select 'journal_entry' as fact, f.account_id as account_id, p.action_id as action_id, row_digest(row(
    f.account_id, f.number, f.line, f.accounting_on, f.journal, f.general_account, f.customer, f.auxiliary, f.type_id,
    f.seller_id, f.side, f.amount, f.currency, f.label, f.tax_code, f.analytic_1, f.analytic_2, f.analytic_3
)::text) as digest
from journal_entry f
join journal_piece p on p.account_id = f.account_id and p.number = f.number
union all
select 'accounting_scheme_version' as fact, 0::bigint as account_id, f.action_id as action_id, row_digest(row(
    f.code, f.version, f.label, f.recorded_at, f.action_id
)::text) as digest
from accounting_scheme_version f
union all
select 'accounting_scheme_line' as fact, 0::bigint as account_id, p.action_id as action_id, row_digest(row(
    f.code, f.version, f.line, f.side, f.account, f.fixed_account, f.amount, f.takes, f.customer, f.analytic, f.label
)::text) as digest
from accounting_scheme_line f
join accounting_scheme_version p on p.code = f.code and p.version = f.version
union all
select 'accounting_export' as fact, 0::bigint as account_id, f.action_id as action_id, row_digest(row(
    f.export_id, f.form, f.file_name, f.seller_id, f.currency, f.siren, f.from_on, f.until_on, f.options, f.known_at, f.names,
    f.created_by, f.created_at, f.action_id
)::text) as digest
from accounting_export f
union all
select 'balance_definition_version' as fact, 0::bigint as account_id, f.action_id as action_id, row_digest(row(
    f.definition_id, f.version, f.code, f.label, f.debit_choice, f.debit_types, f.credit_choice, f.credit_types, f.expression,
    f.measure, f.counts_unbilled, f.position, f.is_default, f.deleted, f.recorded_at, f.action_id
)::text) as digest
from balance_definition_version f;

-- The facts of a stretch of actions are found without reading them all.
create index operation_action on operation using brin (action_id) with (pages_per_range = 16);
create index match_group_action on match_group using brin (action_id) with (pages_per_range = 16);
create index unmatch_action on unmatch using brin (action_id) with (pages_per_range = 16);
create index litigation_event_action on litigation_event using brin (action_id) with (pages_per_range = 16);
create index idempotency_action on idempotency using brin (action_id) with (pages_per_range = 16);
create index customer_action on customer using brin (action_id) with (pages_per_range = 16);
create index unbilled_item_action on unbilled_item using brin (action_id) with (pages_per_range = 16);
create index adjustment_action on adjustment using brin (action_id) with (pages_per_range = 16);
create index unidentified_receipt_action on unidentified_receipt using brin (action_id) with (pages_per_range = 16);
create index receipt_assignment_action on receipt_assignment using brin (action_id) with (pages_per_range = 16);
create index deposit_entry_action on deposit_entry using brin (action_id) with (pages_per_range = 16);
create index journal_piece_action on journal_piece using brin (action_id) with (pages_per_range = 16);

-- Every row that may change, as far as a change of it is recorded.
create view state_row as
select 'account' as part, s.account_id, '' as key, row_digest(row(
    s.currency, s.state, d.code, d.customer_id, d.seller_id, p.account_id, p.customer_id, p.code, p.description,
    p.payer_account_id, p.payment_method, p.payment_terms, p.payment_mode, p.credit_limit, p.invoice_mode, p.iban,
    p.general_client_account, p.analytic_1, p.analytic_2, p.analytic_3, p.state_reason, p.state_changed_at, p.version,
    c.customer_id, c.code, c.kind, c.name, c.sort_name, c.title, c.last_name, c.first_name, c.birth_date, c.legal_form,
    c.registration_number, c.vat_number, c.address_1, c.address_2, c.postcode, c.city, c.region, c.country, c.language,
    c.email, c.phone, c.seller_id, c.category, c.brand, c.state, c.created_at, c.action_id, c.version,
    (
        select string_agg(row(
            b.account_id, b.billing_account_id, b.code, b.description, b.billing_cycle, b.tax_category, b.country, b.language,
            b.email, b.delivery, b.state, b.version, l.code, l.account_id
        )::text, ' ' order by b.billing_account_id)
        from billing_account b left join billing_account_directory l on l.billing_account_id = b.billing_account_id
        where b.account_id = s.account_id
    ),
    (
        select string_agg(row(
            u.account_id, u.user_account_id, u.billing_account_id, u.code, u.description, u.state, u.version, l.code,
            l.account_id
        )::text, ' ' order by u.user_account_id)
        from user_account u left join user_account_directory l on l.user_account_id = u.user_account_id
        where u.account_id = s.account_id
    )
)::text) as digest
from account s
left join account_directory d on d.account_id = s.account_id
left join account_profile p on p.account_id = s.account_id
left join customer c on c.customer_id = d.customer_id
union all
select 'payment_card' as part, s.account_id as account_id, s.card_number::text as key, row_digest(row(
    s.account_id, s.card_number, s.gateway, s.token, s.customer_reference, s.brand, s.last4, s.expires_year, s.expires_month,
    s.is_default, s.state, s.created_at, s.action_id
)::text) as digest
from payment_card s
union all
select 'card_setup' as part, s.account_id as account_id, s.setup_number::text as key, row_digest(row(
    s.account_id, s.setup_number, s.gateway, s.reference, s.card_number, s.actor, s.created_at
)::text) as digest
from card_setup s
union all
select 'card_transaction' as part, s.account_id as account_id, s.transaction_number::text as key, row_digest(row(
    s.account_id, s.transaction_number, s.kind, s.state, s.amount, s.currency, s.gateway, s.merchant, s.reference,
    s.card_number, s.parent_number, s.captured, s.refunded, s.refunding, s.charged_back, s.exceeded, s.expires_at,
    s.operation_number, s.code, s.actor, s.reason, s.comment, s.return_url, s.created_at, s.action_id, case when s.state not
    in ('CREATED', 'PENDING', 'UNKNOWN') then s.gateway_reference end
)::text) as digest
from card_transaction s
union all
select 'card_chargeback' as part, s.account_id as account_id, s.chargeback_number::text as key, row_digest(row(
    s.account_id, s.chargeback_number, s.transaction_number, s.gateway_reference, s.amount, s.currency, s.state, s.reason,
    s.rejection_number, s.return_number, s.task, s.opened_at, s.ended_at, s.action_id
)::text) as digest
from card_chargeback s
union all
select 'card_reference' as part, s.account_id as account_id, concat_ws(' ', s.gateway, s.merchant, s.gateway_reference) as key, row_digest(row(
    s.gateway, s.merchant, s.gateway_reference, s.account_id, s.transaction_number
)::text) as digest
from card_reference s
union all
select 'card_attempt' as part, s.account_id as account_id, concat_ws(' ', s.transaction_number, s.attempt_number) as key, row_digest(row(
    s.account_id, s.transaction_number, s.attempt_number, s.what, s.started_at, s.ended_at, s.verdict, s.code, s.request_id,
    s.gateway_reference, s.actor
)::text) as digest
from card_attempt s
where s.ended_at is not null
union all
select 'gateway_event' as part, s.account_id as account_id, concat_ws(' ', s.gateway, s.event_id) as key, row_digest(row(
    s.gateway, s.event_id, s.kind, s.account_id, s.transaction_number, s.words, s.told, s.received_at
)::text) as digest
from gateway_event s
where s.account_id > 0
union all
select 'approval' as part, s.account_id as account_id, s.approval_id::text as key, row_digest(row(
    s.account_id, s.approval_id, s.seller_id, s.kind, s.amount, s.currency, s.content, s.digest, s.proposed_by,
    s.proposer_role, s.reason, s.why, s.created_at, s.expires_at, s.state, s.decided_by, s.decided_at, s.decision_reason
)::text) as digest
from approval s
union all
select 'approval_use' as part, s.account_id as account_id, s.use_id::text as key, row_digest(row(
    s.account_id, s.use_id, s.actor, s.kind, s.currency, s.on_day, s.amount, s.recorded_at
)::text) as digest
from approval_use s
union all
select 'deposit' as part, s.account_id as account_id, s.deposit_number::text as key, row_digest(row(
    s.account_id, s.deposit_number, s.template_code, s.name, s.currency, s.expected, s.funded, s.cancelled, s.balance,
    s.state, s.request_number, s.valid_until, s.method, s.last_entry, s.last_on
)::text) as digest
from deposit s
union all
select 'instalment_plan' as part, s.account_id as account_id, s.plan_number::text as key, row_digest(row(
    s.account_id, s.plan_number, s.state, s.amount, s.fee, s.interest, s.remainder, s.version, s.note, s.drafted_at,
    s.drafted_by, s.activated_on, s.activated_at, s.activated_by, s.creation_number, s.fee_number, s.interest_number,
    s.ended_on, s.ended_at, s.ended_by, s.end_reason, s.unmatched, (         select string_agg(row(d.number, d.amount)::text,
    ' ' order by d.number)         from plan_debit d where d.account_id = s.account_id and d.plan_number = s.plan_number
    ), (         select string_agg(row(i.instalment_number, i.due_on, i.amount, i.operation_number)::text, ' ' order by
    i.instalment_number)         from instalment i where i.account_id = s.account_id and i.plan_number = s.plan_number     )
)::text) as digest
from instalment_plan s
union all
select 'posting_exception' as part, s.account_id as account_id, s.number::text as key, row_digest(row(
    s.account_id, s.number, s.status, s.accounting_on, s.reason, s.detail, s.recorded_at
)::text) as digest
from posting_exception s
union all
select 'billed' as part, s.account_id, s.item_number::text as key, row_digest(s.billed_by::text) as digest
from unbilled_item s
where s.billed_by is not null
union all
select 'operation_type' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.type_id, s.code, s.label, s.class, s.side, s.account, s.contra_account, s.second_contra_account, s.journal,
    s.manual_creation, s.deposit, s.own_actions
)::text) as digest
from operation_type s
union all
select 'app_user' as part, 0::bigint as account_id, s.login as key, row_digest(row(
    s.user_id, s.login, s.name, s.role, s.seller_code, s.password_hash, s.must_change_password, s.is_active, s.created_at,
    s.password_changed_at, s.version, s.rights_from
)::text) as digest
from app_user s
union all
select 'api_token' as part, 0::bigint as account_id, s.token_id::text as key, row_digest(row(
    s.token_id, s.name, s.prefix, s.hash, s.role, s.permissions, s.seller_code, s.created_at, s.expires_at, s.revoked_at, s.made_by
)::text) as digest
from api_token s
union all
select 'approval_limit' as part, 0::bigint as account_id, concat_ws(' ', s.role, s.kind, s.currency) as key, row_digest(row(
    s.role, s.kind, s.currency, s.single_most, s.day_most
)::text) as digest
from approval_limit s
union all
select 'feature' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.description, s.is_on, s.version
)::text) as digest
from feature s
union all
select 'webhook' as part, 0::bigint as account_id, s.webhook_id::text as key, row_digest(row(
    s.webhook_id, s.url, s.description, s.kinds, s.seller_code, s.secret, s.active, s.note, s.version, s.created_at, s.deleted_at
)::text) as digest
from webhook s
union all
select 'seller' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.seller_id, s.code, s.name, s.country, s.currency, s.time_zone, s.language, s.address_1, s.address_2, s.postcode, s.city,
    s.region, s.version
)::text) as digest
from seller s
union all
select 'customer_category' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label
)::text) as digest
from customer_category s
union all
select 'billing_cycle' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label
)::text) as digest
from billing_cycle s
union all
select 'tax_category' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label
)::text) as digest
from tax_category s
union all
select 'payment_method' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.payment_type
)::text) as digest
from payment_method s
union all
select 'payment_terms' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.days
)::text) as digest
from payment_terms s
union all
select 'delivery' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label
)::text) as digest
from delivery s
union all
select 'accounting_year' as part, 0::bigint as account_id, s.label as key, row_digest(row(
    s.year_id, s.label, s.starts_on, s.ends_on, s.kind, s.on_closed, s.force_day, s.regular_after, s.all_after, s.version
)::text) as digest
from accounting_year s
union all
select 'accounting_period' as part, 0::bigint as account_id, concat_ws(' ', s.year_id, s.number) as key, row_digest(row(
    s.year_id, s.number, s.starts_on, s.ends_on, s.regular_closed_at, s.all_closed_at, s.changed_at, s.changed_by, s.reason
)::text) as digest
from accounting_period s
union all
select 'closed_span' as part, 0::bigint as account_id, concat_ws(' ', s.late, s.starts_on) as key, row_digest(row(
    s.late, s.starts_on, s.ends_on, s.moved_to
)::text) as digest
from closed_span s
union all
select 'litigation_reason' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.is_active, s.position
)::text) as digest
from litigation_reason s
union all
select 'service' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.service_id, s.code, s.label, s.tax_rate, s.is_service, s.active, s.version
)::text) as digest
from service s
union all
select 'balance_definition' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.definition_id, s.code, s.version, s.is_default
)::text) as digest
from balance_definition s
union all
select 'payment_route' as part, 0::bigint as account_id, s.type_code as key, row_digest(row(
    s.type_code, s.refund_type, s.rejection_type
)::text) as digest
from payment_route s
union all
select 'deposit_template' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.currency, s.least, s.most, s.validity, s.validity_unit, s.state, s.version
)::text) as digest
from deposit_template s
union all
select 'deposit_settings' as part, 0::bigint as account_id, '' as key, row_digest(row(
    s.one, s.auto_refund, s.version
)::text) as digest
from deposit_settings s
union all
select 'deposit_limit' as part, 0::bigint as account_id, s.currency as key, row_digest(row(
    s.currency, s.deposit_most, s.customer_most
)::text) as digest
from deposit_limit s
union all
select 'instalment_rule' as part, 0::bigint as account_id, s.seller_id::text as key, row_digest(row(
    s.seller_id, s.default_count, s.most_count, s.start, s.unit, s.remainder, s.shift, s.categories, s.grace_days, s.interest,
    s.version
)::text) as digest
from instalment_rule s
union all
select 'instalment_limit' as part, 0::bigint as account_id, concat_ws(' ', s.seller_id, s.currency) as key, row_digest(row(
    s.seller_id, s.currency, s.least, s.most, s.least_instalment, s.fee
)::text) as digest
from instalment_limit s
union all
select 'holiday' as part, 0::bigint as account_id, concat_ws(' ', s.seller_id, s.on_day) as key, row_digest(row(
    s.seller_id, s.on_day, s.label
)::text) as digest
from holiday s
union all
select 'general_account' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.receivable, s.version
)::text) as digest
from general_account s
union all
select 'accounting_journal' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.version
)::text) as digest
from accounting_journal s
union all
select 'accounting_tax' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.label, s.rate, s.account, s.version
)::text) as digest
from accounting_tax s
union all
select 'accounting_scheme' as part, 0::bigint as account_id, s.code as key, row_digest(row(
    s.code, s.version
)::text) as digest
from accounting_scheme s
union all
select 'accounting_assignment' as part, 0::bigint as account_id, s.type_code as key, row_digest(row(
    s.type_code, s.scheme
)::text) as digest
from accounting_assignment s
union all
select 'accounting_setting' as part, 0::bigint as account_id, '' as key, row_digest(row(
    s.one, s.days_ago, s.file_years
)::text) as digest
from accounting_setting s
union all
select 'accounting_export' as part, 0::bigint as account_id, s.export_id::text as key, row_digest(row(
    s.export_id, s.rows, s.debit, s.credit, s.bytes, s.sha256
)::text) as digest
from accounting_export s
where s.sha256 is not null
union all
select 'sealed_part' as part, 0::bigint as account_id, s.part as key, row_digest(row(
    s.part, s.verbs, s.wide_verbs, s.grows
)::text) as digest
from sealed_part s;

insert into sealed_part (part, verbs, wide_verbs, grows) values
('account', '{account.%,customer.%,billing_account.%,user_account.%}', '{}', false),
('payment_card', '{card_%}', '{}', false),
('card_setup', '{card_%}', '{}', false),
('card_transaction', '{card_%,adjustment,post}', '{}', false),
('card_chargeback', '{card_chargeback}', '{}', false),
('card_reference', '{}', '{}', true),
('card_attempt', '{}', '{}', true),
('gateway_event', '{}', '{}', true),
('approval', '{approval_%}', '{}', false),
('approval_use', '{}', '{}', true),
('deposit', '{deposit_%}', '{}', false),
('instalment_plan', '{plan_%}', '{}', false),
('posting_exception', '{%}', '{generate_entries,import_receivables}', false),
('billed', '{}', '{}', true),
('operation_type', '{operation_type_%}', '{}', false),
('app_user', '{user_%,sign_in}', '{}', false),
('api_token', '{token_%}', '{}', false),
('approval_limit', '{approval_limits_set}', '{}', false),
('feature', '{feature_switch}', '{}', false),
('webhook', '{webhook_%}', '{}', false),
('seller', '{seller.%,demo_%}', '{}', false),
('customer_category', '{}', '{}', false),
('billing_cycle', '{}', '{}', false),
('tax_category', '{}', '{}', false),
('payment_method', '{payment_method_%}', '{}', false),
('payment_terms', '{}', '{}', false),
('delivery', '{}', '{}', false),
('accounting_year', '{accounting_year%,accounting_p%}', '{}', false),
('accounting_period', '{accounting_year%,accounting_p%}', '{}', false),
('closed_span', '{accounting_year%,accounting_p%}', '{}', false),
('litigation_reason', '{litigation_reason_%}', '{}', false),
('service', '{service_%}', '{}', false),
('balance_definition', '{balance_definition_%}', '{}', false),
('payment_route', '{operation_type_%}', '{}', false),
('deposit_template', '{deposit_template_%}', '{}', false),
('deposit_settings', '{deposit_settings_%}', '{}', false),
('deposit_limit', '{deposit_%}', '{}', false),
('instalment_rule', '{instalment_rule}', '{}', false),
('instalment_limit', '{instalment_rule}', '{}', false),
('holiday', '{holidays}', '{}', false),
('general_account', '{general_account_%}', '{}', false),
('accounting_journal', '{accounting_journal_%}', '{}', false),
('accounting_tax', '{accounting_tax_%}', '{}', false),
('accounting_scheme', '{scheme_%}', '{}', false),
('accounting_assignment', '{scheme_%,operation_type_%}', '{}', false),
('accounting_setting', '{nightly_entries,accounting_file_years}', '{}', false),
('accounting_export', '{}', '{}', true),
('sealed_part', '{}', '{}', false);
