-- What has happened: cases as they stand, the events that made them so, and what must be unique among them.
-- Instants are whole microseconds since 1970-01-01T00:00:00Z. JSON is kept as text, so that SQLite's own functions read it.

CREATE TABLE salesreg_schema (
  version INTEGER NOT NULL
) STRICT;

INSERT INTO salesreg_schema (version) VALUES (0);

-- waits_for is whose move it is; idle says that whoever that is owes no obligation in the case. head is the hash of the
-- last event.
CREATE TABLE salesreg_case (
  id              TEXT    NOT NULL PRIMARY KEY,
  process         TEXT    NOT NULL,
  process_version INTEGER NOT NULL,
  rulebook        TEXT    NOT NULL,
  regulation      TEXT    NOT NULL,
  stage           TEXT    NOT NULL,
  ended           INTEGER NOT NULL,
  waits_for       TEXT,
  idle            INTEGER NOT NULL DEFAULT 1,
  version         INTEGER NOT NULL,
  begun_at        INTEGER NOT NULL,
  last_at         INTEGER NOT NULL,
  head            TEXT    NOT NULL,
  data            TEXT    NOT NULL
) STRICT;

-- What a question names comes first, then the order in which the answers are wanted, then what else may be asked of them.
CREATE INDEX salesreg_case_stage ON salesreg_case (process, stage, ended, id);
CREATE INDEX salesreg_case_stage_last ON salesreg_case (process, stage, ended, last_at, id);
CREATE INDEX salesreg_case_waits ON salesreg_case (waits_for, idle, id, process, stage, ended)
  WHERE waits_for IS NOT NULL;
CREATE INDEX salesreg_case_waits_last ON salesreg_case (waits_for, idle, last_at, id, process, stage, ended)
  WHERE waits_for IS NOT NULL;
CREATE INDEX salesreg_case_running ON salesreg_case (process, process_version, stage, regulation, rulebook, ended)
  WHERE ended = 0;

-- hash is that of the body, which holds the hash of the event before it; personal are the texts behind its digests.
CREATE TABLE salesreg_event (
  position    INTEGER NOT NULL PRIMARY KEY,
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  version     INTEGER NOT NULL,
  process     TEXT    NOT NULL,
  step        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  body        TEXT    NOT NULL,
  hash        TEXT    NOT NULL,
  personal    TEXT,
  UNIQUE (case_id, version)
) STRICT;

CREATE TABLE salesreg_key (
  key     TEXT NOT NULL PRIMARY KEY,
  process TEXT NOT NULL,
  case_id TEXT NOT NULL REFERENCES salesreg_case (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE salesreg_command (
  key         TEXT    NOT NULL PRIMARY KEY,
  fingerprint TEXT    NOT NULL,
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE salesreg_ref (
  parent  TEXT NOT NULL,
  process TEXT NOT NULL,
  child   TEXT NOT NULL REFERENCES salesreg_case (id),
  PRIMARY KEY (parent, process, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX salesreg_ref_child ON salesreg_ref (child);

-- What a case is looked up by, in lower case.
CREATE TABLE salesreg_search (
  case_id TEXT NOT NULL REFERENCES salesreg_case (id),
  name    TEXT NOT NULL,
  value   TEXT NOT NULL,
  process TEXT NOT NULL,
  PRIMARY KEY (case_id, name, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX salesreg_search_value ON salesreg_search (name, value, process, case_id);

CREATE TABLE salesreg_regulation (
  hash TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

-- What the entity of a page looked like when cases were last written under it.
CREATE TABLE salesreg_page (
  process     TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  rulebook    TEXT    NOT NULL,
  fingerprint TEXT    NOT NULL,
  PRIMARY KEY (process, version, rulebook)
) STRICT, WITHOUT ROWID;
