-- Observations in and out: batches come as arrays, a column each (store/arrays.py). They are unnested
-- in the SELECT list: in FROM each would be written to a store of rows first, a tenth of the whole.

-- name: store
-- What is there already stays as it is; NaN says that there is no number.
INSERT INTO fangma.observation (stream_id, at, number, word, quality)
SELECT t.stream_id, t.at, nullif(t.number, 'NaN'), t.word, t.quality
  FROM (SELECT unnest(%(streams)s::integer[]) AS stream_id, unnest(%(times)s::timestamptz[]) AS at,
               unnest(%(numbers)s::float8[]) AS number, unnest(%(words)s::text[]) AS word,
               unnest(%(qualities)s::smallint[]) AS quality) AS t
ON CONFLICT (stream_id, at) DO NOTHING;

-- name: add
-- The same for what is newer than everything that its streams are known to have said: nothing can be
-- there already, unless somebody else is writing too, and then this fails. A third cheaper.
INSERT INTO fangma.observation (stream_id, at, number, word, quality)
SELECT t.stream_id, t.at, nullif(t.number, 'NaN'), t.word, t.quality
  FROM (SELECT unnest(%(streams)s::integer[]) AS stream_id, unnest(%(times)s::timestamptz[]) AS at,
               unnest(%(numbers)s::float8[]) AS number, unnest(%(words)s::text[]) AS word,
               unnest(%(qualities)s::smallint[]) AS quality) AS t;

-- name: in_order
-- For the rest of the transaction rows are found by index, in the order of their streams: two that
-- renew the same ones wait for each other, and never each for the other.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true);

-- name: begin
-- The first of streams of which nothing was known, or the newest of few among many.
INSERT INTO fangma.newest_observation AS n (stream_id, at, number, word, quality, recorded_at)
SELECT t.stream_id, t.at, nullif(t.number, 'NaN'), t.word, t.quality, now()
  FROM (SELECT unnest(%(streams)s::integer[]) AS stream_id, unnest(%(times)s::timestamptz[]) AS at,
               unnest(%(numbers)s::float8[]) AS number, unnest(%(words)s::text[]) AS word,
               unnest(%(qualities)s::smallint[]) AS quality) AS t
ON CONFLICT (stream_id) DO UPDATE
   SET at = excluded.at, number = excluded.number, word = excluded.word,
       quality = excluded.quality, recorded_at = excluded.recorded_at
 WHERE excluded.at > n.at
    OR n.at > now() + %(lead)s::interval AND excluded.at <= now() + %(lead)s::interval;

-- name: renew
-- The newest of each stream, where it is newer than what was: late data change nothing here, but
-- what bears a time to come gives way to what does not (observation.is_newer). An upsert locks each
-- row first, which is logged too: it takes half as much again. This one reads all streams up to the
-- last that is renewed.
UPDATE fangma.newest_observation AS n
   SET at = t.at, number = nullif(t.number, 'NaN'), word = t.word, quality = t.quality,
       recorded_at = now()
  FROM (SELECT unnest(%(streams)s::integer[]) AS stream_id, unnest(%(times)s::timestamptz[]) AS at,
               unnest(%(numbers)s::float8[]) AS number, unnest(%(words)s::text[]) AS word,
               unnest(%(qualities)s::smallint[]) AS quality) AS t
 WHERE n.stream_id = t.stream_id
   AND (t.at > n.at
        OR n.at > now() + %(lead)s::interval AND t.at <= now() + %(lead)s::interval);

-- name: due
-- What must be rolled up again: written with the observations, so that no crash comes between.
INSERT INTO fangma.rollup_due (start, until, streams)
SELECT t.start, t.until, (%(streams)s::integer[])[t.first:t.last]
  FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(firsts)s::integer[],
              %(lasts)s::integer[])
       AS t (start, until, first, last);

-- name: kept_from
SELECT kept_from
  FROM fangma.retention;

-- name: months
-- The months (UTC) that have a partition, as their first days.
SELECT to_date(right(c.relname, 6), 'YYYYMM') AS month
  FROM pg_inherits AS i
  JOIN pg_class AS c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'fangma.observation'::regclass;

-- name: make_month
SELECT fangma.make_observation_month(%(month)s);

-- name: count
INSERT INTO fangma.bridge AS b (name, received, stored, duplicates, rejected, drained)
VALUES (%(name)s, %(received)s, %(stored)s, %(duplicates)s, %(rejected)s, %(drained)s)
ON CONFLICT (name) DO UPDATE
   SET received = b.received + excluded.received, stored = b.stored + excluded.stored,
       duplicates = b.duplicates + excluded.duplicates, rejected = b.rejected + excluded.rejected,
       drained = greatest(b.drained, excluded.drained);

-- name: drained
SELECT drained
  FROM fangma.bridge
 WHERE name = %(name)s;

-- name: reject
INSERT INTO fangma.rejection AS r (place, rule, count, last_at, message, sample)
VALUES (%(place)s, %(rule)s, 1, now(), %(message)s, %(sample)s)
ON CONFLICT (place, rule) DO UPDATE
   SET count = r.count + 1, last_at = excluded.last_at, message = excluded.message,
       sample = excluded.sample;

-- name: rejections
SELECT place, rule, count, last_at, message, sample
  FROM fangma.rejection
 ORDER BY last_at DESC
 LIMIT %(limit)s;

-- name: announce
SELECT pg_notify('fangma_live', %(streams)s);

-- name: totals
-- Of what came from outside; what is derived here is counted in books of its own.
SELECT (SELECT count(*) FROM fangma.stream WHERE protocol IS DISTINCT FROM 'derived') AS streams,
       (SELECT count(*) FROM fangma.stream
         WHERE entry_id IS NOT NULL AND protocol IS DISTINCT FROM 'derived') AS bound,
       coalesce(sum(received), 0)::bigint AS received, coalesce(sum(stored), 0)::bigint AS stored,
       coalesce(sum(duplicates), 0)::bigint AS duplicates,
       coalesce(sum(rejected), 0)::bigint AS rejected
  FROM fangma.bridge
 WHERE name <> 'derived';

-- name: observations
SELECT at, number, word, quality
  FROM fangma.observation
 WHERE stream_id = %(stream_id)s
   AND at >= coalesce(%(start)s, '-infinity'::timestamptz)
   AND at <= coalesce(%(end)s, 'infinity'::timestamptz)
 ORDER BY at
 LIMIT %(limit)s;

-- name: page
-- A page of observations of some streams (NULL = of all that the reader may see). A count of people
-- that is too small to tell meets no condition on the result.
SELECT s.sensor, s.property, s.unit, o.at, o.number, o.word, o.quality, o.recorded_at
  FROM fangma.observation AS o
  JOIN fangma.stream AS s ON s.id = o.stream_id
 WHERE (%(streams)s::integer[] IS NULL OR o.stream_id = ANY (%(streams)s))
   AND (%(since)s::timestamptz IS NULL OR o.at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR o.at <= %(until)s)
   AND (%(not_at)s::timestamptz[] IS NULL OR o.at <> ALL (%(not_at)s))
   AND (%(least)s::float8 IS NULL OR o.number >= %(least)s)
   AND (%(most)s::float8 IS NULL OR o.number <= %(most)s)
   AND (%(not_number)s::float8[] IS NULL OR o.number <> ALL (%(not_number)s))
   AND (%(words)s::text[] IS NULL OR o.word = ALL (%(words)s))
   AND (%(least)s::float8 IS NULL AND %(most)s::float8 IS NULL
        AND %(not_number)s::float8[] IS NULL AND %(words)s::text[] IS NULL
        OR NOT (coalesce(s.property ~* %(counting)s OR s.unit ~* %(counting_unit)s, false)
                AND (o.number > 0 AND o.number < %(smallest)s OR o.word ~ '\d')
                OR coalesce(s.property ~* %(presence)s, false)
                AND coalesce(o.number > 1 AND o.number < %(smallest)s, false)) IS TRUE)
 ORDER BY CASE WHEN %(descending)s THEN o.at END DESC, CASE WHEN NOT %(descending)s THEN o.at END,
          o.stream_id
 LIMIT %(limit)s
OFFSET %(skip)s;

-- name: count_page
SELECT count(*)
  FROM fangma.observation AS o
  JOIN fangma.stream AS s ON s.id = o.stream_id
 WHERE (%(streams)s::integer[] IS NULL OR o.stream_id = ANY (%(streams)s))
   AND (%(since)s::timestamptz IS NULL OR o.at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR o.at <= %(until)s)
   AND (%(not_at)s::timestamptz[] IS NULL OR o.at <> ALL (%(not_at)s))
   AND (%(least)s::float8 IS NULL OR o.number >= %(least)s)
   AND (%(most)s::float8 IS NULL OR o.number <= %(most)s)
   AND (%(not_number)s::float8[] IS NULL OR o.number <> ALL (%(not_number)s))
   AND (%(words)s::text[] IS NULL OR o.word = ALL (%(words)s))
   AND (%(least)s::float8 IS NULL AND %(most)s::float8 IS NULL
        AND %(not_number)s::float8[] IS NULL AND %(words)s::text[] IS NULL
        OR NOT (coalesce(s.property ~* %(counting)s OR s.unit ~* %(counting_unit)s, false)
                AND (o.number > 0 AND o.number < %(smallest)s OR o.word ~ '\d')
                OR coalesce(s.property ~* %(presence)s, false)
                AND coalesce(o.number > 1 AND o.number < %(smallest)s, false)) IS TRUE);

-- name: listen
LISTEN fangma_live;
