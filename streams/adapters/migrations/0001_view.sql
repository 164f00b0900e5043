-- The tables of the view stage (docs/reference/tables.md, ADR 0010).
-- `message` is the JSON text of a message, byte for byte; every other column is made from it, for queries.

-- jsonb refuses the character U+0000, which crash texts may hold: queries see U+FFFD in its place.
CREATE FUNCTION as_json(message text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT replace(message, '\u0000', '\ufffd')::jsonb $$;

CREATE TABLE reports(
    cluster text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    kind text NOT NULL,
    function text,
    package text,
    file text,
    line bigint,
    occurrences bigint,
    first_seen timestamptz,
    last_seen timestamptz,
    services text[] NOT NULL,
    builds text[] NOT NULL,
    hosts bigint,
    fingerprints bigint,
    status text NOT NULL,
    generation bigint,
    revision bigint,
    content_hash text NOT NULL,
    message text NOT NULL,
    report jsonb GENERATED ALWAYS AS (as_json(message)) STORED
);
CREATE INDEX reports_by_last_seen ON reports(last_seen);

CREATE TABLE crashes(
    crash text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    continues text,
    blob text COLLATE "C" NOT NULL
);

-- `data` is zstd-compressed already: PostgreSQL need not try again.
CREATE TABLE blobs(
    sha256 text COLLATE "C" PRIMARY KEY,
    data bytea NOT NULL
);
ALTER TABLE blobs ALTER COLUMN data SET STORAGE EXTERNAL;

-- One row per crash: a jsonb column would double it, so queries say as_json(message).
CREATE TABLE fingerprints(
    crash text COLLATE "C" PRIMARY KEY,
    block text NOT NULL,
    fingerprint text NOT NULL,
    cluster text COLLATE "C" NOT NULL,
    title text NOT NULL,
    at timestamptz,
    service text,
    host text,
    build text,
    message text NOT NULL
);
CREATE INDEX fingerprints_by_cluster ON fingerprints(cluster, at);

CREATE TABLE dead_letters(
    id text COLLATE "C" PRIMARY KEY,
    topic text NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    attempt bigint,
    at timestamptz,
    message text NOT NULL,
    letter jsonb GENERATED ALWAYS AS (as_json(message)) STORED
);

CREATE TABLE positions(
    stage text COLLATE "C",
    topic text COLLATE "C",
    partition integer,
    next_offset bigint,
    PRIMARY KEY(stage, topic, partition)
);
