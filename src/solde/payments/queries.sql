-- name: list_routes
-- How types of payments and refunds are refunded and rejected.
-- grain: one row per type
select type_code, refund_type, rejection_type from payment_route order by type_code;

-- name: list_payment_types
-- The operation type of each payment method.
-- grain: one row per payment method
select code, payment_type from payment_method order by code;

-- name: parties_of
-- Whose accounts are.
-- grain: one row per account of a customer
select account_id, code, seller_id from account_directory where account_id = any(:account_ids::bigint[]);

-- name: standing_lines
-- Match lines of operations that no reversal took back, with what stands at their other end.
-- grain: one row per operation asked for and match line of it
select n.account_id, n.number, l.group_number, l.debit_number, l.credit_number, l.amount, l.effective_on, o.number, o.type_id,
    exists (select from transfer t where t.account_id = o.account_id and t.number = o.number), o.amount,
    exists (select from credit_note c where c.account_id = o.account_id and c.number = o.number)
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
cross join lateral (
    select d.* from match_line d where d.account_id = n.account_id and d.debit_number = n.number
    union all
    select c.* from match_line c where c.account_id = n.account_id and c.credit_number = n.number
) l
join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
join operation o on o.account_id = l.account_id and o.number = l.debit_number + l.credit_number - n.number
where not exists (
    select from unmatch_line u
    where u.account_id = l.account_id and u.debit_number = l.debit_number and u.credit_number = l.credit_number
        and u.group_number = l.group_number
)
order by n.account_id, n.number, l.group_number, l.debit_number, l.credit_number;

-- name: find_taken_back
-- Operations that were taken back before.
-- grain: one row per operation taken back
select t.account_id, t.number
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join taken_back t on t.account_id = n.account_id and t.number = n.number;

-- name: insert_taken_back
-- Which operation took which one back.
insert into taken_back (account_id, number, by_number)
select * from unnest(:account_ids::bigint[], :numbers::bigint[], :by_numbers::bigint[]);

-- name: credit_notes_of
-- Credit notes made against invoices, and whether each stands.
-- grain: one row per credit note
select c.account_id, c.number, c.invoice_number, c.amount,
    not exists (select from taken_back t where t.account_id = c.account_id and t.number = c.number), o.net, o.tax
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join credit_note c on c.account_id = n.account_id and c.invoice_number = n.number
join operation o on o.account_id = c.account_id and o.number = c.number
order by c.account_id, c.invoice_number, c.number;

-- name: parts_of
-- Net and tax of operations, where they were said.
-- grain: one row per operation that has them
select o.account_id, o.number, o.net, o.tax
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join operation o on o.account_id = n.account_id and o.number = n.number
where o.tax is not null;

-- name: insert_credit_notes
-- Which invoices credit notes were made against.
insert into credit_note (account_id, number, invoice_number, amount)
select * from unnest(:account_ids::bigint[], :numbers::bigint[], :invoice_numbers::bigint[], :amounts::numeric[]);

-- name: insert_transfers
-- The two ends of transfers.
insert into transfer (account_id, number, to_account_id, to_number)
select * from unnest(:account_ids::bigint[], :numbers::bigint[], :to_account_ids::bigint[], :to_numbers::bigint[]);

-- name: references_of
-- References of operations.
-- grain: one row per operation that has one
select o.account_id, o.number, o.reference
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join operation o on o.account_id = n.account_id and o.number = n.number
where o.reference is not null;

-- name: insert_receipts
-- Record receipts that name no account; one whose key its seller has already is left out.
insert into unidentified_receipt (
    seller_id, currency, amount, received_on, type_code, payment_method, reference, payer_text, entry_key, action_id
)
select seller_id, currency, amount, received_on, type_code, payment_method, reference, payer_text, entry_key, action_id
from json_to_recordset(:receipts::json) r (
    seller_id bigint, currency text, amount numeric, received_on date, type_code text, payment_method text, reference text,
    payer_text text, entry_key text, action_id bigint
)
on conflict (seller_id, entry_key) do nothing
returning receipt_id, action_id;

-- name: receipts_by_key
-- Receipts by the sender's own names for them.
-- grain: one row per known key
select r.seller_id, r.entry_key, r.receipt_id
from unnest(:seller_ids::bigint[], :entry_keys::text[]) k (seller_id, entry_key)
join unidentified_receipt r on r.seller_id = k.seller_id and r.entry_key = k.entry_key;

-- name: lock_receipts
-- Lock receipts in order of their ids.
-- grain: one row per receipt
select receipt_id from unidentified_receipt where receipt_id = any(:receipt_ids::bigint[]) order by receipt_id for update;

-- name: get_receipts
-- Receipts as they stand.
-- grain: one row per receipt
select r.receipt_id, r.seller_id, s.code, r.currency, r.amount, r.assigned, r.received_on, r.type_code, r.payment_method, r.reference,
    r.payer_text, r.entry_key, r.state, r.returned_on, r.return_reason, r.recorded_at
from unidentified_receipt r join seller s on s.seller_id = r.seller_id
where r.receipt_id = any(:receipt_ids::bigint[]) and (:seller_id::bigint is null or r.seller_id = :seller_id::bigint)
order by r.receipt_id;

-- name: list_receipts
-- Receipts, newest first.
-- grain: one row per receipt
select r.receipt_id, r.seller_id, s.code, r.currency, r.amount, r.assigned, r.received_on, r.type_code, r.payment_method, r.reference,
    r.payer_text, r.entry_key, r.state, r.returned_on, r.return_reason, r.recorded_at
from unidentified_receipt r join seller s on s.seller_id = r.seller_id
where r.receipt_id < :before
    and (:state::text is null or r.state = :state::text)
    and (:seller_id::bigint is null or r.seller_id = :seller_id::bigint)
    and (:currency::text is null or r.currency = :currency::text)
    and (:from_on::date is null or r.received_on >= :from_on::date)
    and (:until_on::date is null or r.received_on <= :until_on::date)
    and (:text::text is null or strpos(lower(concat_ws(' ', r.reference, r.payer_text, r.entry_key)), lower(:text::text)) > 0)
order by r.receipt_id desc
limit :limit;

-- name: move_receipts
-- What of receipts is assigned now.
update unidentified_receipt r
set assigned = m.assigned, state = case when m.assigned = r.amount then 'ASSIGNED' else r.state end
from unnest(:receipt_ids::bigint[], :assigned::numeric[]) m (receipt_id, assigned)
where r.receipt_id = m.receipt_id;

-- name: return_receipts
-- Receipts whose rest is sent back.
update unidentified_receipt r
set state = 'RETURNED', returned_on = m.returned_on, return_reason = m.reason
from unnest(:receipt_ids::bigint[], :returned_on::date[], :reasons::text[]) m (receipt_id, returned_on, reason)
where r.receipt_id = m.receipt_id;

-- name: insert_assignments
-- Which payments parts of receipts became.
insert into receipt_assignment (account_id, number, receipt_id, amount, action_id)
select * from unnest(:account_ids::bigint[], :numbers::bigint[], :receipt_ids::bigint[], :amounts::numeric[], :action_ids::bigint[]);

-- name: list_assignments
-- Where the parts of a receipt went.
-- grain: one row per assignment
select a.receipt_id, coalesce(d.code, a.account_id::text), a.number, a.amount, a.recorded_at
from receipt_assignment a left join account_directory d on d.account_id = a.account_id
where a.receipt_id = :receipt_id
order by a.action_id;

-- name: invoices_named
-- Open invoices of a seller and currency by what is printed on them, with their account.
-- grain: one row per open invoice
select d.code, coalesce(p.description, c.name), o.number, o.reference, i.open - i.disputed
from operation o
join open_item i on i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number
join account_directory d on d.account_id = o.account_id
join account_profile p on p.account_id = o.account_id
join customer c on c.customer_id = d.customer_id
where o.reference collate "C" = any(:words::text[]) and o.reference is not null and o.class = 'I' and o.side = 1 and o.currency = :currency and d.seller_id = :seller_id
order by d.code, o.due_on, o.number
limit :limit;

-- name: accounts_named
-- Accounts of a seller and currency by their codes or those of their customers, with what is open of their debits.
-- grain: one row per account
select d.code, coalesce(p.description, c.name),
    (select coalesce(sum(i.open - i.disputed), 0) from open_item i where i.account_id = d.account_id and i.side = 1)
from account_directory d
join account a on a.account_id = d.account_id
join account_profile p on p.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
where (d.code = any(:words::text[]) or d.customer_id in (select customer_id from customer where code = any(:words::text[])))
    and a.currency = :currency and a.state <> 'CLOSED' and d.seller_id = :seller_id
order by d.code
limit :limit;

-- name: small_balances
-- Accounts after a given one, or those named, of which little is open: all of it due before a day, nothing disputed, no deposits,
-- the two sides less than a limit apart; at most `most_items` items each.
-- grain: one row per account
select a.account_id, d.code, a.currency, s.debit, s.credit, s.items
from account a
join unnest(:currencies::text[], :limits::numeric[]) l (currency, most) on l.currency = a.currency
left join account_directory d on d.account_id = a.account_id
cross join lateral (
    select coalesce(sum(i.open) filter (where i.side = 1), 0) as debit, coalesce(sum(i.open) filter (where i.side = -1), 0) as credit,
        count(*) as items, max(i.due_on) as last_due_on, sum(i.disputed) as disputed,
        bool_or(i.excluded or i.type_id = any(:deposit_type_ids::smallint[])) as is_deposit
    from open_item i where i.account_id = a.account_id
) s
where a.account_id > :after and (:account_ids::bigint[] is null or a.account_id = any(:account_ids::bigint[]))
    and a.state <> 'CLOSED' and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint)
    and s.items between 1 and :most_items and s.disputed = 0 and not s.is_deposit and s.last_due_on < :due_before
    and s.debit <> s.credit and abs(s.debit - s.credit) <= l.most
order by a.account_id
limit :limit;
