-- Where former cluster ids lead, the distinct stacks of clusters, and people's decisions (docs/reference/tables.md).

CREATE TABLE redirects(
    cluster text COLLATE "C" PRIMARY KEY,
    to_cluster text COLLATE "C" NOT NULL,
    message text NOT NULL
);

-- `id`: cluster, U+001F, fingerprint.
CREATE TABLE variants(
    id text COLLATE "C" PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    block text NOT NULL,
    fingerprint text NOT NULL,
    crash text NOT NULL,
    title text NOT NULL,
    message text NOT NULL
);

CREATE TABLE decisions(
    decision text COLLATE "C" PRIMARY KEY,
    command text NOT NULL,
    cluster text NOT NULL,
    at timestamptz,
    by text,
    reason text,
    undone_by text,
    message text NOT NULL
);
