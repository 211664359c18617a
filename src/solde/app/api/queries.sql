-- name: list_audit
-- The audit trail, newest first, each record with the code of its account.
-- grain: one row per audit record
select r.action_id, r.account_id, d.code, r.recorded_at, r.actor, r.verb, r.reason, r.before, r.after
from audit_record r
left join account_directory d on d.account_id = r.account_id
where (r.action_id, r.account_id) < (:before, :before_account) and r.action_id > :after
    and (:account_id::bigint is null or r.account_id = :account_id)
    and (:actor::text is null or r.actor = :actor)
    and (:verb::text is null or r.verb = :verb)
    and (:seller_id::bigint is null or d.seller_id = :seller_id)
order by r.action_id desc, r.account_id desc
limit :limit;

-- name: newest_action
-- The newest action number drawn.
-- grain: one row
select last_value from action_id_seq;
