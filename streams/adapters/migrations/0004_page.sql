-- What the web page and the API find rows by (docs/web.md).

-- Title, function, file, package, owners, commits of suspects, ids; in small letters. Workers fill it, and fill it better.
ALTER TABLE reports ADD COLUMN search text;
UPDATE reports SET search = lower(concat_ws(E'\x1f', title, function, file, package, cluster));

-- `twin`: the record by which another route told the same crash; such a row is not counted.
ALTER TABLE fingerprints ADD COLUMN env text;
ALTER TABLE fingerprints ADD COLUMN region text;
ALTER TABLE fingerprints ADD COLUMN twin text;
UPDATE fingerprints SET
    env = as_json(message) -> 'seen' ->> 'env',
    region = as_json(message) -> 'seen' ->> 'region',
    twin = as_json(message) ->> 'twin';
-- In the order in which the newest are asked for; with the block, so that crashes are counted without their rows.
CREATE INDEX fingerprints_by_stack ON fingerprints(fingerprint, at DESC NULLS LAST, crash DESC) INCLUDE (block)
    WHERE twin IS NULL;

-- The trace that a crash says it was part of; crashes kept before this version state none here.
ALTER TABLE crashes ADD COLUMN trace_id text COLLATE "C";
CREATE INDEX crashes_by_trace ON crashes(trace_id) WHERE trace_id IS NOT NULL;

CREATE INDEX redirects_by_target ON redirects(to_cluster);
