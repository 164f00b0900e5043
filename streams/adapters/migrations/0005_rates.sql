-- How often clusters crash, by service, beside what is usual there (docs/baselines.md).

-- `id`: cluster, U+001F, service. `storm_began`: of the storm that the minute belongs to.
CREATE TABLE rates(
    id text COLLATE "C" PRIMARY KEY,
    cluster text COLLATE "C" NOT NULL,
    service text,
    minute timestamptz,
    crashes bigint,
    usual double precision NOT NULL,
    storm_began timestamptz,
    message text NOT NULL
);
