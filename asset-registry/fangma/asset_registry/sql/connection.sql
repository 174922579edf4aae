-- Who is asking, and as of when.

-- name: take_role
-- The application's connections own nothing, see what the reader may see, and speak UTC.
SET ROLE fangma_app;
SET search_path = fangma, public;
SET TimeZone = 'UTC';
SET client_encoding = 'UTF8';
-- Conditions that a caller leaves out ("IS NULL OR ...") are planned away only with their values.
SET plan_cache_mode = force_custom_plan;
-- Policies make many small expressions: compiling them costs more than it saves.
SET jit = off;
SET idle_in_transaction_session_timeout = '15min';

-- name: limit_statements
SELECT set_config('statement_timeout', %(milliseconds)s, false);

-- name: unlimit_statements
SELECT set_config('statement_timeout', '0', true);

-- name: set_reader
SELECT set_config('fangma.reader', %(reader)s, true);

-- name: reader
-- Who reads in this transaction.
SELECT current_setting('fangma.reader', true);

-- name: sight_to_share
-- What a second connection needs to see what this transaction sees.
SELECT pg_export_snapshot(), current_setting('fangma.reader', true), current_setting('statement_timeout');

-- name: share_snapshot
SET TRANSACTION SNAPSHOT {};

-- name: await_recording
SELECT fangma.await_recording();

-- name: newest_revision
SELECT id, recorded_at
  FROM fangma.revision
 ORDER BY id DESC
 LIMIT 1;

-- name: revision_known
-- The newest revision at or before a moment, and whether one came after it.
SELECT r.id, r.recorded_at
  FROM fangma.revision AS r
 WHERE r.recorded_at <= %(known)s
 ORDER BY r.recorded_at DESC
 LIMIT 1;

-- name: clock
-- What time it is, and the newest revision beside it, NULL where there is none.
SELECT clock_timestamp() AS now, r.id, r.recorded_at
  FROM (VALUES (1)) AS always (one)
  LEFT JOIN LATERAL (SELECT id, recorded_at
                       FROM fangma.revision
                      ORDER BY id DESC
                      LIMIT 1) AS r ON true;

-- name: rights
-- The scopes that the reader may see, and whether what is in no scope too: what row-level security
-- would let through, for a program that tells many readers what it read once.
SELECT coalesce(array_agg(id), '{}') AS scopes, fangma.sees_all() AS everything
  FROM fangma.scope;
