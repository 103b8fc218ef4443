"""The journal's tables, and the version of the schema.

A file with another version is refused and never changed in place: its answers were paid for.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x67616F6F
"""``PRAGMA application_id``: "gaoo", which distinguishes the file from other databases."""

SCHEMA_VERSION: Final = 4
"""``PRAGMA user_version``: incremented with every change of the schema below."""

SCHEMA: Final = """
-- Which run this is. Rows:
--   seed, host, scenario, model   its identity; a run with another one is refused
--   package                       version that made the file
--   created                       ISO 8601, UTC
--   compacted_below               step below which calls were dropped on request
CREATE TABLE run (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One row for each call of a move, in the order in which the answers arrived. What is compared
-- comes first, so that a search need not read the long texts.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    -- The call key: where the call stands. Calls outside of moves (a fork's own work between steps,
    -- interactive analysis) have no persona ('') and step 0, and are numbered by ordinal; they are
    -- found by what they ask.
    persona TEXT NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    -- What it asks.
    kind TEXT NOT NULL,             -- chat, completion, embedding
    fingerprint TEXT NOT NULL,      -- 32 hex digits
    occurrence INTEGER NOT NULL,    -- equal requests of the same move before this one
    -- All below is NULL for an embedding: it is in the table embeddings, once for each text.
    seed INTEGER,                   -- sampling seed
    finish_reason TEXT,
    model TEXT,                     -- the served model that answered
    prompt_tokens INTEGER,
    output_tokens INTEGER,
    seconds REAL,                   -- from asking to the answer, in the run's own time
    started REAL,                   -- wall clock, Unix seconds
    finished REAL,
    endpoint TEXT,                  -- base URL; empty if the client does not tell
    attempts INTEGER,               -- attempts of the transport; 0 if the client does not tell
    answer TEXT,
    request TEXT,                   -- body of the request, JSON
    checksum BLOB NOT NULL,         -- of all columns above but id
    link BLOB NOT NULL,             -- hash of the link of the row before it and of the checksum
    UNIQUE (persona, step, attempt, ordinal)
);

-- One row for each text that was embedded: asked once per run, whoever asks.
CREATE TABLE embeddings (
    fingerprint TEXT PRIMARY KEY,
    format TEXT NOT NULL,           -- f4 or f8: little-endian IEEE 754 numbers of that size
    vector BLOB NOT NULL,
    finish_reason TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    seconds REAL NOT NULL,
    started REAL NOT NULL,
    finished REAL NOT NULL,
    endpoint TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    request TEXT NOT NULL,
    checksum BLOB NOT NULL,         -- as in calls
    link BLOB NOT NULL
);

-- Moves on which host code failed at every attempt, so that the run ended. The answers of these
-- attempts (numbers 0 to attempts - 1) are not used when the run is resumed.
CREATE TABLE failed_moves (
    persona TEXT NOT NULL,
    step INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (persona, step)
) WITHOUT ROWID;

-- How far each persona has committed. A lower bound after a crash: written along with answers.
CREATE TABLE commits (
    persona TEXT PRIMARY KEY,
    step INTEGER NOT NULL           -- its commit step: every step before it is final
) WITHOUT ROWID;
"""
