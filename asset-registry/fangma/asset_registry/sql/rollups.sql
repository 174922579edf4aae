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
