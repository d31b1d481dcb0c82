-- What has happened: cases as they stand, the events that made them so, and what must be unique among them.
-- Instants are whole microseconds since 1970-01-01T00:00:00Z. JSON is kept as text, so that SQLite's own functions read it.

CREATE TABLE salesreg_schema (
  version INTEGER NOT NULL
) STRICT;

INSERT INTO salesreg_schema (version) VALUES (0);

CREATE TABLE salesreg_case (
  id              TEXT    NOT NULL PRIMARY KEY,
  process         TEXT    NOT NULL,
  process_version INTEGER NOT NULL,
  stage           TEXT    NOT NULL,
  version         INTEGER NOT NULL,
  regulation      TEXT    NOT NULL,
  last_at         INTEGER NOT NULL,
  ended           INTEGER NOT NULL,
  data            TEXT    NOT NULL
) STRICT;

CREATE INDEX salesreg_case_stage ON salesreg_case (process, stage, id, ended, process_version, regulation);

CREATE TABLE salesreg_event (
  position    INTEGER NOT NULL PRIMARY KEY,
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  version     INTEGER NOT NULL,
  process     TEXT    NOT NULL,
  step        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  body        TEXT    NOT NULL,
  UNIQUE (case_id, version)
) STRICT;

CREATE TABLE salesreg_key (
  key     TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES salesreg_case (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE salesreg_command (
  key         TEXT    NOT NULL PRIMARY KEY,
  fingerprint TEXT    NOT NULL,
  case_id     TEXT    NOT NULL REFERENCES salesreg_case (id),
  version     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE salesreg_ref (
  parent TEXT NOT NULL,
  child  TEXT NOT NULL REFERENCES salesreg_case (id),
  PRIMARY KEY (parent, child)
) STRICT, WITHOUT ROWID;

CREATE INDEX salesreg_ref_child ON salesreg_ref (child);

CREATE TABLE salesreg_regulation (
  hash TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;
