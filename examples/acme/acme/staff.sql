-- Acme's own tables of its people, as its personnel system keeps them.
CREATE TABLE staff (id TEXT PRIMARY KEY, name TEXT, manager TEXT REFERENCES staff, hired_on DATE, left_on DATE);
CREATE TABLE holds (person TEXT REFERENCES staff, role TEXT, PRIMARY KEY (person, role));
CREATE TABLE away (person TEXT REFERENCES staff, deputy TEXT REFERENCES staff, first_day DATE, last_day DATE);
INSERT INTO staff VALUES
  ('vera', 'Vera Orlova', NULL, '2019-01-09', NULL), ('irina', 'Irina Belova', 'vera', '2020-02-03', NULL),
  ('anna', 'Anna Petrova', 'irina', '2021-06-01', NULL), ('petr', 'Petr Sokolov', 'irina', '2021-09-01', NULL),
  ('finn', 'Finn Larsen', 'vera', '2020-04-01', NULL), ('igor', 'Igor Zimin', 'vera', '2022-03-01', NULL),
  ('lara', 'Lara Novak', 'vera', '2023-01-16', NULL), ('lev', 'Lev Gurov', 'lara', '2025-09-01', NULL);
INSERT INTO holds VALUES
  ('vera', 'ceo'), ('irina', 'head_of_commercial'), ('anna', 'sales_manager'), ('petr', 'commercial_specialist'),
  ('finn', 'finance'), ('igor', 'it_staff'), ('lara', 'lawyer'), ('lev', 'secretary');
INSERT INTO away VALUES ('lara', 'lev', '2026-03-02', '2026-03-06');
