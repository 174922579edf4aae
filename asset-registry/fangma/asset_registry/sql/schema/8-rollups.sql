-- Roll-ups of observations by minute, hour and day, and how far back observations are kept.

-- What a stream said within a minute (span 0), an hour (1) or a day in China (2). Numbers that cannot
-- be (quality 2, range) count in `count` alone.
CREATE TABLE fangma.rollup (
  span      smallint NOT NULL CHECK (span BETWEEN 0 AND 2),
  stream_id integer NOT NULL,
  at        timestamptz NOT NULL,      -- the beginning
  count     integer NOT NULL,          -- of observations
  usable    integer NOT NULL,          -- of numbers among them
  sum       double precision,
  least     double precision,
  most      double precision,
  first     double precision,
  last      double precision,
  PRIMARY KEY (span, stream_id, at)
);

-- What must be rolled up again, written with the observations: within one hour, of some streams.
CREATE TABLE fangma.rollup_due (
  start   timestamptz NOT NULL,
  until   timestamptz NOT NULL,
  streams integer[] NOT NULL
);

-- Observations from before `kept_from` were let go; their roll-ups stay, and are final.
CREATE TABLE fangma.retention (
  one       boolean PRIMARY KEY DEFAULT true CHECK (one),
  kept_from timestamptz NOT NULL
);

-- Roll up what is due, late observations too; returns how many entries of rollup_due it took.
CREATE FUNCTION fangma.roll_up(at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
  SET enable_hashjoin = off SET enable_mergejoin = off  -- each range finds its own partition
AS $$
DECLARE
  origin constant timestamptz := '2000-01-01 00:00:00+08';
  taken integer;
  of_streams integer[];
  starts timestamptz[];
  ends timestamptz[];
BEGIN
  PERFORM pg_advisory_xact_lock(x'726f6c6c7570'::bigint);
  WITH gone AS (
    DELETE FROM fangma.rollup_due
     WHERE ctid = ANY (ARRAY(SELECT d.ctid FROM fangma.rollup_due AS d LIMIT at_most))
    RETURNING start, until, streams),
  due AS (
    SELECT t.stream_id, min(g.start) AS start, max(g.until) AS until
      FROM gone AS g, unnest(g.streams) AS t (stream_id)
     WHERE g.start >= coalesce((SELECT kept_from FROM fangma.retention), '-infinity')
     GROUP BY t.stream_id, date_bin('1 hour', g.start, origin))
  SELECT (SELECT count(*) FROM gone), array_agg(stream_id ORDER BY stream_id, start),
         array_agg(start ORDER BY stream_id, start), array_agg(until ORDER BY stream_id, start)
    INTO taken, of_streams, starts, ends
    FROM due;
  IF of_streams IS NULL THEN
    RETURN taken;
  END IF;
  INSERT INTO fangma.rollup AS r
  SELECT 0, o.stream_id, date_bin('1 minute', o.at, origin) AS at, count(*),
         count(o.number) FILTER (WHERE o.quality <> 2), sum(o.number) FILTER (WHERE o.quality <> 2),
         min(o.number) FILTER (WHERE o.quality <> 2), max(o.number) FILTER (WHERE o.quality <> 2),
         (array_agg(o.number ORDER BY o.at)
           FILTER (WHERE o.quality <> 2 AND o.number IS NOT NULL))[1],
         (array_agg(o.number ORDER BY o.at DESC)
           FILTER (WHERE o.quality <> 2 AND o.number IS NOT NULL))[1]
    FROM unnest(of_streams, starts, ends) AS d (stream_id, start, until)
    JOIN fangma.observation AS o
      ON o.stream_id = d.stream_id
     AND o.at >= date_bin('1 minute', d.start, origin)
     AND o.at < date_bin('1 minute', d.until, origin) + interval '1 minute'
   GROUP BY o.stream_id, date_bin('1 minute', o.at, origin)
  ON CONFLICT (span, stream_id, at) DO UPDATE
     SET count = excluded.count, usable = excluded.usable, sum = excluded.sum,
         least = excluded.least, most = excluded.most, first = excluded.first,
         last = excluded.last;
  INSERT INTO fangma.rollup AS r
  SELECT 1, d.stream_id, d.at, m.*
    FROM (SELECT DISTINCT stream_id, date_bin('1 hour', start, origin) AS at
            FROM unnest(of_streams, starts) AS t (stream_id, start)) AS d,
         LATERAL (
           SELECT sum(p.count), sum(p.usable), sum(p.sum), min(p.least), max(p.most),
                  (array_agg(p.first ORDER BY p.at) FILTER (WHERE p.usable > 0))[1],
                  (array_agg(p.last ORDER BY p.at DESC) FILTER (WHERE p.usable > 0))[1]
             FROM fangma.rollup AS p
            WHERE p.span = 0 AND p.stream_id = d.stream_id
              AND p.at >= d.at AND p.at < d.at + interval '1 hour') AS m
  ON CONFLICT (span, stream_id, at) DO UPDATE
     SET count = excluded.count, usable = excluded.usable, sum = excluded.sum,
         least = excluded.least, most = excluded.most, first = excluded.first,
         last = excluded.last;
  INSERT INTO fangma.rollup AS r
  SELECT 2, d.stream_id, d.at, m.*
    FROM (SELECT DISTINCT stream_id, date_bin('1 day', start, origin) AS at
            FROM unnest(of_streams, starts) AS t (stream_id, start)) AS d,
         LATERAL (
           SELECT sum(p.count), sum(p.usable), sum(p.sum), min(p.least), max(p.most),
                  (array_agg(p.first ORDER BY p.at) FILTER (WHERE p.usable > 0))[1],
                  (array_agg(p.last ORDER BY p.at DESC) FILTER (WHERE p.usable > 0))[1]
             FROM fangma.rollup AS p
            WHERE p.span = 1 AND p.stream_id = d.stream_id
              AND p.at >= d.at AND p.at < d.at + interval '1 day') AS m
  ON CONFLICT (span, stream_id, at) DO UPDATE
     SET count = excluded.count, usable = excluded.usable, sum = excluded.sum,
         least = excluded.least, most = excluded.most, first = excluded.first,
         last = excluded.last;
  RETURN taken;
END $$;

-- Let the months (UTC) go that end at or before a time: everything due is rolled up first. Returns
-- the names of the partitions that are gone.
CREATE FUNCTION fangma.let_observations_go(before timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  month timestamptz := date_trunc('month', before, 'UTC');
  name text;
  gone text[] := '{}';
BEGIN
  IF month > now() - interval '1 month' THEN
    RAISE EXCEPTION 'observations of the last month are always kept' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM pg_advisory_xact_lock(x'6f62736572766564'::bigint);
  WHILE fangma.roll_up(10000) > 0 LOOP END LOOP;
  FOR name IN
    SELECT c.relname
      FROM pg_inherits AS i
      JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'fangma.observation'::regclass
       AND right(c.relname, 6) < to_char(month AT TIME ZONE 'UTC', 'YYYYMM')
     ORDER BY c.relname
  LOOP
    EXECUTE format('DROP TABLE fangma.%I', name);
    gone := gone || name;
  END LOOP;
  INSERT INTO fangma.retention (kept_from) VALUES (month)
  ON CONFLICT (one) DO UPDATE SET kept_from = greatest(retention.kept_from, excluded.kept_from);
  RETURN gone;
END $$;

ALTER TABLE fangma.rollup ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY rollup_seen ON fangma.rollup USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
-- Ids and times of anybody's streams: written by every way in, read by the operator alone.
ALTER TABLE fangma.rollup_due ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY rollup_due_seen ON fangma.rollup_due
  USING ((SELECT fangma.reader()) = 'operator') WITH CHECK ((SELECT fangma.reader()) IS NOT NULL);
ALTER TABLE fangma.retention ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY retention_seen ON fangma.retention USING ((SELECT fangma.reader()) IS NOT NULL);

GRANT SELECT ON fangma.rollup, fangma.rollup_due, fangma.retention TO fangma_app;
GRANT INSERT ON fangma.rollup_due TO fangma_app;
REVOKE EXECUTE ON FUNCTION fangma.roll_up(integer), fangma.let_observations_go(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.roll_up(integer), fangma.let_observations_go(timestamptz) TO fangma_app;
