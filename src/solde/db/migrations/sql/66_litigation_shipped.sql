-- Shipped reasons of litigation. All of them can be changed, and others added.

insert into litigation_reason (code, label, position) values
('PRICE', 'Wrong price', 1),
('QUANTITY', 'Wrong quantity', 2),
('QUALITY', 'Poor quality', 3),
('NOT_DELIVERED', 'Not delivered', 4),
('DUPLICATE', 'Invoiced twice', 5),
('CONTRACT', 'Against the contract', 6),
('OTHER', 'Other', 7);
