-- What retention goes by (docs/retention.md), and the span beside the trace.

-- `at_seconds`: when the crash happened, since 1970. `has_text`: whether its record is in blobs still.
ALTER TABLE crashes ADD COLUMN span_id text COLLATE "C";
ALTER TABLE crashes ADD COLUMN at_seconds bigint;
ALTER TABLE crashes ADD COLUMN has_text boolean NOT NULL DEFAULT true;
UPDATE crashes SET at_seconds = floor(extract(epoch FROM f.at)) FROM fingerprints f WHERE f.crash = crashes.crash;
CREATE INDEX crashes_with_text ON crashes(at_seconds NULLS FIRST) WHERE has_text;
CREATE INDEX crashes_by_time ON crashes(at_seconds);
-- The crash that stands for a stack keeps its text.
CREATE INDEX variants_by_crash ON variants(crash);
CREATE INDEX dead_letters_by_time ON dead_letters(at);
