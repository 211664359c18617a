-- Shipped data of accounting: the general accounts of the shipped types, schemes, and which type follows which. All of it can be changed.

insert into general_account (code, label, receivable) values
('411', 'Customers', true),
('416', 'Customers, instalment plans', false),
('4191', 'Customers, payments on account', false),
('44551', 'Tax to be paid', false),
('44571', 'Tax collected', false),
('165', 'Security deposits received', false),
('467', 'Security deposits, clearing', false),
('512', 'Bank', false),
('530', 'Cash', false),
('654', 'Losses on receivables', false),
('658', 'Rounding expenses', false),
('666', 'Exchange losses', false),
('701', 'Sales', false),
('758', 'Other operating income', false),
('766', 'Exchange gains', false);

insert into accounting_journal (code, label) values
('SAL', 'Sales'),
('BAN', 'Bank'),
('GEN', 'General');

insert into accounting_tax (code, label, rate, account) values
('VAT_00', 'VAT 0 %', 0, '44571'),
('VAT_05', 'VAT 5 %', 5, '44571'),
('VAT_10', 'VAT 10 %', 10, '44571'),
('VAT_20', 'VAT 20 %', 20, '44571'),
('VAT_MIXED', 'VAT of other or several rates', null, '44571');

insert into accounting_scheme_version (code, version, label, recorded_at, action_id) values
('DUAL', 1, 'Customer on the account of the type, opposite on its contra account', '1970-01-01T00:00:00Z', 0),
('DUAL_CONTRA', 1, 'Customer on the contra account of the type, opposite on its account', '1970-01-01T00:00:00Z', 0),
('INVOICE', 1, 'Customer, revenue and tax', '1970-01-01T00:00:00Z', 0),
('DEPOSIT', 1, 'Customer on the account of the type, opposite on the clearing account of security deposits', '1970-01-01T00:00:00Z', 0),
('DEPOSIT_CONTRA', 1, 'Customer on the contra account of the type, opposite on the clearing account of security deposits', '1970-01-01T00:00:00Z', 0),
('NONE', 1, 'No entries', '1970-01-01T00:00:00Z', 0);

insert into accounting_scheme_line (code, version, line, side, account, fixed_account, amount, takes, customer, analytic) values
('DUAL', 1, 1, 1, 'TYPE', null, 'WHOLE', 'WHOLE', true, true),
('DUAL', 1, 2, -1, 'CONTRA', null, 'WHOLE', 'WHOLE', false, true),
('DUAL_CONTRA', 1, 1, 1, 'CONTRA', null, 'WHOLE', 'WHOLE', true, true),
('DUAL_CONTRA', 1, 2, -1, 'TYPE', null, 'WHOLE', 'WHOLE', false, true),
('INVOICE', 1, 1, 1, 'TYPE', null, 'WHOLE', 'WHOLE', true, true),
('INVOICE', 1, 2, -1, 'CONTRA', null, 'NET', 'NET', false, true),
('INVOICE', 1, 3, -1, 'TAX', null, 'TAX', 'TAX', false, false),
('DEPOSIT', 1, 1, 1, 'TYPE', null, 'WHOLE', 'WHOLE', true, true),
('DEPOSIT', 1, 2, -1, 'FIXED', '467', 'WHOLE', 'WHOLE', false, true),
('DEPOSIT_CONTRA', 1, 1, 1, 'CONTRA', null, 'WHOLE', 'WHOLE', true, true),
('DEPOSIT_CONTRA', 1, 2, -1, 'FIXED', '467', 'WHOLE', 'WHOLE', false, true);

insert into accounting_scheme (code, version) values
('DUAL', 1), ('DUAL_CONTRA', 1), ('INVOICE', 1), ('DEPOSIT', 1), ('DEPOSIT_CONTRA', 1), ('NONE', 1);

insert into accounting_assignment (type_code, scheme)
select code,
    case
        when code in ('INV_STD', 'INV_ADV', 'INV_FEE', 'INV_CRN', 'INV_CRR', 'INV_REB', 'INV_DIS', 'ADJ_REF', 'ADJ_INV') then 'INVOICE'
        when code in ('INV_SD', 'CRD_SD', 'DEB_SD', 'ADJ_SD', 'PAY_SD') then 'DEPOSIT'
        when code = 'CAN_SD' then 'DEPOSIT_CONTRA'
        when contra_account = '411' then 'DUAL_CONTRA'
        else 'DUAL'
    end
from operation_type
order by type_id;

insert into accounting_setting (days_ago) values (31);
