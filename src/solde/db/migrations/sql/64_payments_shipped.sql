-- How each shipped type of payment is refunded and rejected, and how a refund is.

insert into payment_route (type_code, refund_type, rejection_type) values
('PAY_CHK', 'REF_CHK', 'REJ_CHK'),
('PAY_CRD', 'REF_CRD', 'REJ_CRD'),
('PAY_DDT', 'REF_DDT', 'REJ_DDT'),
('PAY_TIP', 'REF_TIP', 'REJ_TIP'),
('PAY_PAL', 'REF_PAL', 'REJ_PAL'),
('PAY_STP', 'REF_STP', 'REJ_STP'),
('PAY_CASH', 'REF_CASH', null),
('PAY_WIRE', 'REF_WIRE', 'REJ_WIRE'),
('PAY_BATCH', 'REF_WIRE', 'REJ_WIRE'),
('PAY_DEP', 'REF_WIRE', 'REJ_WIRE'),
('PAY_NID', 'REF_WIRE', 'REJ_WIRE'),
('PAY_REC', 'REF_WIRE', 'REJ_WIRE'),
('REF_CRD', null, 'REJ_RCR'),
('REF_DDT', null, 'REJ_RDD'),
('REF_WIRE', null, 'REJ_RWI'),
('REF_CHK', null, 'REJ_RCH');
