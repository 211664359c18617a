-- Instalment plans as shipped: the rule of every seller, types of fee and interest, limits of roles, the feature itself.

insert into operation_type (code, label, class, side, account, contra_account, journal, manual_creation, own_actions) values
('PPL_FEE', 'Instalment plan fee', 'OCC', 1, '411', '708', 'GEN', false, true),
('PPL_INT', 'Instalment plan interest', 'OCC', 1, '411', '763', 'GEN', false, true);

insert into instalment_rule (seller_id, default_count, most_count, start, unit, remainder, shift, grace_days)
values (0, 3, 24, 'FIRST_DAY_OF_NEXT_MONTH', 'MONTH', 'FIRST', 'NEXT', 15);

insert into instalment_limit (seller_id, currency, least, most, least_instalment) values (0, '*', null, null, null);

insert into approval_limit (role, kind, currency, single_most, day_most) values
('controller', 'instalment_plan', '*', 10000, 50000),
('accountant', 'instalment_plan', '*', 10000, 50000);

insert into feature (code, label, description, is_on) values
('instalment_plans', 'Instalment plans', 'Let a customer pay what is owed in instalments: the debits leave the arrears until the plan is paid or broken.', true);
