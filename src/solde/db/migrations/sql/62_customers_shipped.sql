-- Shipped data: one seller and the settings lists of customers. All of it can be changed afterwards.

insert into seller (seller_id, code, name, country, currency, time_zone, language)
values (1, 'MAIN', 'Main seller', 'FR', 'EUR', 'Europe/Paris', 'fr');
select setval(pg_get_serial_sequence('seller', 'seller_id'), 1);

insert into customer_category (code, label) values
('RESIDENTIAL', 'Residential'),
('BUSINESS', 'Small and medium business'),
('CORPORATE', 'Large company'),
('PUBLIC', 'Public sector'),
('WHOLESALE', 'Wholesale and carriers');

insert into billing_cycle (code, label) values
('MONTHLY', 'Every month'),
('QUARTERLY', 'Every three months'),
('HALFYEARLY', 'Every six months'),
('YEARLY', 'Every year');

insert into tax_category (code, label) values
('STANDARD', 'Standard rates'),
('REVERSE', 'Reverse charge: the customer accounts for the tax'),
('EXPORT', 'Export, not taxed'),
('EXEMPT', 'Exempt');

insert into payment_method (code, label, payment_type) values
('CHECK', 'Cheque', 'PAY_CHK'),
('DIRECTDEBIT', 'Direct debit', 'PAY_DDT'),
('WIRETRANSFER', 'Bank transfer', 'PAY_WIRE'),
('CARD', 'Card', 'PAY_CRD'),
('PAYPAL', 'PayPal', 'PAY_PAL'),
('STRIPE', 'Stripe', 'PAY_STP'),
('CASH', 'Cash', 'PAY_CASH');

insert into payment_terms (code, label, days) values
('NET0', 'Due at once', 0),
('NET15', '15 days', 15),
('NET30', '30 days', 30),
('NET45', '45 days', 45),
('NET60', '60 days', 60);

insert into delivery (code, label) values
('EMAIL', 'By email'),
('POST', 'By post'),
('NONE', 'Not sent');
