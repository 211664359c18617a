-- name: get_sandbox_secret
-- The secret that the sandbox signs with.
-- grain: one row
select secret from sandbox_merchant where merchant = :merchant;

-- name: insert_sandbox_setup
-- A card is to be entered.
insert into sandbox_setup (setup_id, reference, name, return_url, created_at)
values (:setup_id, :reference, :name, :return_url, :now)
on conflict (reference) do nothing;

-- name: find_sandbox_setup
-- A card being entered, with the card once it was, by the id or the reference.
-- grain: at most one row
select s.setup_id, s.reference, s.name, s.return_url, c.token, c.brand, c.last4, c.expires_year, c.expires_month
from sandbox_setup s left join sandbox_card c on c.token = s.token
where s.setup_id = :setup_id or s.reference = :setup_id;

-- name: lock_sandbox_setup
-- Lock a card being entered.
-- grain: at most one row
select setup_id from sandbox_setup where setup_id = :setup_id and token is null for update;

-- name: insert_sandbox_card
-- A card that was entered: what it does, never its number.
insert into sandbox_card (token, brand, last4, expires_year, expires_month, behaviour)
values (:token, :brand, :last4, :expires_year, :expires_month, :behaviour);

-- name: end_sandbox_setup
-- The card that was entered.
update sandbox_setup set token = :token where setup_id = :setup_id;

-- name: find_sandbox_behaviour
-- What a card does.
-- grain: at most one row
select behaviour from sandbox_card where token = :token;

-- name: insert_sandbox_request
-- A request by its reference; nothing where it is known.
insert into sandbox_request (
    reference, request_id, kind, digest, state, gateway_reference, parent_reference, token, amount, currency, return_url, created_at
)
values (
    :reference, :request_id, :kind, :digest, :state, :gateway_reference, :parent_reference, :token, :amount, :currency, :return_url, :now
)
on conflict (reference) do nothing;

-- name: lock_sandbox_request
-- A request by its reference, locked.
-- grain: at most one row
select reference, request_id, kind, digest, state, code, gateway_reference, parent_reference, token, amount, currency, captured, refunded,
    is_void, return_url, expires_at, created_at
from sandbox_request where reference = :reference for update;

-- name: lock_sandbox_by_gateway_reference
-- A charge or an authorization by the sandbox's reference, locked.
-- grain: at most one row
select reference, request_id, kind, digest, state, code, gateway_reference, parent_reference, token, amount, currency, captured, refunded,
    is_void, return_url, expires_at, created_at
from sandbox_request where gateway_reference = :gateway_reference for update;

-- name: list_sandbox_requests
-- Requests, newest first.
-- grain: one row per request
select reference, request_id, kind, digest, state, code, gateway_reference, parent_reference, token, amount, currency, captured, refunded,
    is_void, return_url, expires_at, created_at
from sandbox_request order by created_at desc, reference desc limit :limit;

-- name: move_sandbox_request
-- What became of a request.
update sandbox_request
set state = :state, code = :code, captured = :captured, refunded = :refunded, is_void = :is_void, expires_at = :expires_at
where reference = :reference;

-- name: insert_sandbox_chargeback
-- A chargeback.
insert into sandbox_chargeback (chargeback_id, gateway_reference, amount, currency, state, created_at)
values (:chargeback_id, :gateway_reference, :amount, :currency, 'opened', :now);

-- name: end_sandbox_chargeback
-- How a chargeback ended; nothing where it is over.
update sandbox_chargeback set state = :state where chargeback_id = :chargeback_id and state = 'opened'
returning gateway_reference, amount, currency;

-- name: list_sandbox_chargebacks
-- Chargebacks, newest first.
-- grain: one row per chargeback
select chargeback_id, gateway_reference, amount, currency, state, created_at from sandbox_chargeback order by created_at desc, chargeback_id
limit :limit;

-- name: insert_sandbox_event
-- An event to send.
insert into sandbox_event (event_id, body, due_at, created_at) values (:event_id, :body, :due_at, :now);

-- name: list_sandbox_due_events
-- Events whose time has come.
-- grain: one row per event
select event_number, event_id, body from sandbox_event where due_at <= :now order by due_at, event_number limit :limit;

-- name: list_sandbox_events
-- Events, newest first.
-- grain: one row per event
select event_number, event_id, body, due_at, sent, created_at from sandbox_event order by event_number desc limit :limit;

-- name: move_sandbox_event
-- When an event is sent again; sent counts those that were taken.
update sandbox_event set due_at = :due_at::timestamptz, sent = sent + :sent where event_number = :event_number;
