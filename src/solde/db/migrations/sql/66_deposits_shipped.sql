-- Security deposits as shipped; all of it can be changed.

insert into feature (code, label, description, is_on) values
('security_deposits', 'Security deposits', 'Ask a customer for a deposit, hold it apart from what they owe, pay invoices with it, give it back.', true);

insert into deposit_settings (auto_refund) values (false);

insert into deposit_template (code, label, currency, state) values
('STANDARD', 'Security deposit', 'EUR', 'ACTIVE');

insert into approval_limit (role, kind, currency, single_most, day_most) values
('cashier', 'deposit_refund', '*', 500, 2000),
('controller', 'deposit_refund', '*', 5000, 20000),
('cashier', 'deposit_payment', '*', 5000, 20000),
('controller', 'deposit_payment', '*', 10000, 50000);
