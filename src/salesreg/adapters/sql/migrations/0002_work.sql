-- What is still to be done: obligations, timers and the outbox. A row whose wake_at is not null is waiting to be claimed;
-- a claim leases it under a token until lease_until; a reason tells why it had to wait. An obligation or a
-- timer that has a reason and waits no more is dead; a message says so itself.

-- An obligation without a role has an empty one, and one whose clock stands still is due at the end of all time, so that
-- they have their place in the indexes.
CREATE TABLE salesreg_obligation (
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  id          TEXT    NOT NULL,
  ordinal     INTEGER NOT NULL,
  process     TEXT    NOT NULL,
  norm        TEXT    NOT NULL,
  clause      TEXT    NOT NULL,
  role        TEXT    NOT NULL,
  person      TEXT,
  term        TEXT    NOT NULL,
  started_at  INTEGER NOT NULL,
  due         INTEGER NOT NULL,
  provisional INTEGER NOT NULL,
  pauses      TEXT,
  status      TEXT    NOT NULL,
  closed_at   INTEGER,
  backdated   INTEGER,
  moved       INTEGER NOT NULL DEFAULT 0,
  corrects    TEXT,
  told        TEXT    NOT NULL DEFAULT '',
  wake_at     INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  token       TEXT,
  reason      TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (case_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX salesreg_obligation_wake ON salesreg_obligation (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX salesreg_obligation_dead ON salesreg_obligation (case_id, id) WHERE wake_at IS NULL AND reason <> '';
CREATE INDEX salesreg_obligation_role ON salesreg_obligation (status, role, due, id, case_id, process);
CREATE INDEX salesreg_obligation_person ON salesreg_obligation (status, person, due, id, case_id, process)
  WHERE person IS NOT NULL;
CREATE INDEX salesreg_obligation_norm ON salesreg_obligation (status, norm, process, due, id, case_id, role, person);

CREATE TABLE salesreg_timer (
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  timer       TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  wake_at     INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  token       TEXT,
  reason      TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (case_id, timer)
) STRICT, WITHOUT ROWID;

CREATE INDEX salesreg_timer_wake ON salesreg_timer (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX salesreg_timer_dead ON salesreg_timer (case_id, timer) WHERE wake_at IS NULL AND reason <> '';

CREATE TABLE salesreg_outbox (
  position    INTEGER NOT NULL PRIMARY KEY,
  id          TEXT    NOT NULL UNIQUE,
  recipient   TEXT    NOT NULL,
  address     TEXT,
  locale      TEXT    NOT NULL,
  template    TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  text        TEXT    NOT NULL,
  case_id     TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  payload     TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  channel     TEXT,
  not_before  INTEGER,
  digest      INTEGER NOT NULL,
  state       TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead', 'dropped')),
  wake_at     INTEGER,
  attempts    INTEGER NOT NULL DEFAULT 0,
  lease_until INTEGER,
  token       TEXT,
  reason      TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX salesreg_outbox_wake ON salesreg_outbox (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX salesreg_outbox_state ON salesreg_outbox (state, position);

CREATE TABLE salesreg_mark (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
