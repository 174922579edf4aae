-- Forecasts: made from the hours of streams, read beside them.

-- name: due
-- Streams of hours that were derived and whose forecast, if any, is older than a time, the oldest first.
SELECT s.id, s.sensor
  FROM fangma.stream AS s
  JOIN fangma.derivation AS d ON upper_inf(d.recorded) AND d.of_what <> 'newest' AND d.name = s.property
  JOIN fangma.entry AS e ON e.id = d.site_id AND s.address = e.code || '/' || d.name
  LEFT JOIN LATERAL (
    SELECT max(f.made_at) AS made_at FROM fangma.forecast AS f WHERE f.stream_id = s.id) AS f ON true
 WHERE s.protocol = 'derived' AND s.declared
   AND coalesce(f.made_at, '-infinity') < %(before)s
   AND EXISTS (SELECT FROM fangma.rollup AS r
                WHERE r.span = 1 AND r.stream_id = s.id AND r.at < %(enough)s)
 ORDER BY f.made_at NULLS FIRST, s.id
 LIMIT %(limit)s;

-- name: series
SELECT r.at, r.sum / r.usable AS mean
  FROM fangma.rollup AS r
 WHERE r.span = 1 AND r.stream_id = %(stream_id)s AND r.usable > 0 AND r.at >= %(since)s
   AND r.at < %(until)s
 ORDER BY r.at;

-- name: keep
-- Hours that are over keep what was told of them before they began.
INSERT INTO fangma.forecast AS f (stream_id, at, number, error)
SELECT %(stream_id)s, t.at, t.number, %(error)s
  FROM unnest(%(times)s::timestamptz[], %(numbers)s::float8[]) AS t (at, number)
ON CONFLICT (stream_id, at) DO UPDATE
   SET number = excluded.number, error = excluded.error, made_at = now();

-- name: forecasts
SELECT f.at AS at, f.number, f.error, f.made_at
  FROM fangma.forecast AS f
 WHERE f.stream_id = %(stream_id)s AND f.at >= %(since)s AND f.at <= %(until)s
 ORDER BY f.at;

-- name: expected
SELECT f.stream_id, f.number, f.error
  FROM fangma.forecast AS f
 WHERE f.at = %(hour)s AND f.stream_id = ANY (%(streams)s);
