-- Which commit, build and deploy batch ran where and when (docs/trace-link.md).

-- A row is a deploy, or (no deploy_batch, phase, action) a build that was never deployed.
CREATE TABLE trace_link(
    link text COLLATE "C" PRIMARY KEY,
    commit_sha text COLLATE "C",
    build_id text COLLATE "C",
    deploy_batch text,
    service_name text COLLATE "C",
    timestamp timestamptz,
    environment text,
    region text,
    phase text,
    action text,
    percent double precision,
    image_digest text COLLATE "C",
    version text,
    revision text,
    repo text,
    build_status text,
    build_attempt bigint,
    joined_by text,
    message text NOT NULL
);
CREATE INDEX trace_link_by_service ON trace_link(service_name, timestamp);
CREATE INDEX trace_link_by_commit ON trace_link(commit_sha, timestamp);
CREATE INDEX trace_link_by_build ON trace_link(build_id);
CREATE INDEX trace_link_by_digest ON trace_link(image_digest);
