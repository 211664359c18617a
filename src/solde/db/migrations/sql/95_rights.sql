-- Lists and single rows that ship with the schema: the application reads them, and of some changes columns; it adds none.
revoke insert on
accounting_setting, billing_cycle, customer_category, delivery, outbox_mailing, outbox_relay, payment_route, payment_terms, tax_category
from solde_app;
