-- Roll-ups: kept current from what is due, read by span.

-- name: roll_up
SELECT fangma.roll_up(%(at_most)s);

-- name: let_go
SELECT fangma.let_observations_go(%(before)s);

-- name: waiting
SELECT count(*)
  FROM fangma.rollup_due;

-- name: rollups
SELECT at, count, usable, sum, least, most, first, last
  FROM fangma.rollup
 WHERE span = %(span)s
   AND stream_id = %(stream_id)s
   AND at >= coalesce(%(start)s, '-infinity'::timestamptz)
   AND at <= coalesce(%(end)s, 'infinity'::timestamptz)
 ORDER BY at;

-- name: usual
-- What streams read on average in the same hour of the four weeks before; two of them must be known.
SELECT r.stream_id, avg(r.sum / r.usable) AS mean
  FROM fangma.rollup AS r
 WHERE r.span = 1
   AND r.stream_id = ANY (%(streams)s)
   AND r.at = ANY (%(hours)s)
   AND r.usable > 0
 GROUP BY r.stream_id
HAVING count(*) >= 2;
