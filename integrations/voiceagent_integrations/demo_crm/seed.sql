-- Invented people. The phone numbers come from ranges set aside for fiction (US 555-01xx, UK 07700 900xxx).
insert into demo_crm.contacts (contact_id, first_name, last_name, email) overriding system value values
    (1, 'Anna', 'Keller', 'anna@example.com'),
    (2, 'Ben', 'Okafor', 'ben@example.com'),
    (3, 'Carla', 'Moreno', 'carla@example.com')
on conflict do nothing;
select setval(pg_get_serial_sequence('demo_crm.contacts', 'contact_id'), max(contact_id)) from demo_crm.contacts;

insert into demo_crm.contact_numbers (number, contact_id) values
    ('anna', 1), ('+12025550101', 1),
    ('ben', 2), ('+12025550102', 2),
    ('carla', 3), ('+447700900103', 3)
on conflict do nothing;

insert into demo_crm.orders
    (order_number, contact_id, item, status, ordered_at, carrier, eta, delivery_window) values
    ('4217', 1, 'hiking boots', 'on its way', '2026-11-17 09:30+00', 'Northbird Post', 'tomorrow',
     'between two and four in the afternoon'),
    ('4021', 1, 'trekking backpack', 'on its way', '2026-11-16 08:10+00', 'Northbird Post', 'tomorrow',
     'between two and four in the afternoon'),
    ('40962', 1, 'rain jacket', 'ready to leave', '2026-11-12 18:05+00', 'Northbird Post', 'on Friday', 'before noon'),
    ('3308', 1, 'camping stove', 'delayed', '2026-10-30 11:00+00', 'Harbour Express', 'on Monday', 'around ten o''clock'),
    ('5150', 2, 'climbing rope', 'in customs', '2026-11-15 14:45+00', 'Harbour Express', 'next week',
     'in the afternoon'),
    ('61873', 2, 'head torch', 'out for delivery', '2026-11-14 08:20+00', 'Harbour Express', 'today',
     'between five and seven in the evening'),
    ('7024', 3, 'sleeping bag', 'delayed', '2026-11-10 16:10+00', 'Northbird Post', 'next Tuesday', 'in the morning')
on conflict do nothing;

-- Cards of the example line `bank`: a card is a case, open while it can be used (voiceagent/background/demo_tools.py).
insert into demo_crm.cases (contact_id, subject, description, idempotency_key) values
    (1, 'Card ending 4413', 'Debit card', 'demo-card-4413'),
    (1, 'Card ending 9027', 'Credit card', 'demo-card-9027'),
    (2, 'Card ending 3170', 'Debit card', 'demo-card-3170')
on conflict do nothing;
