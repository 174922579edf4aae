-- What hangs on things: who and what would notice that they changed, as far as the reader may see it.

-- name: hanging
SELECT e.id, e.code,
       (SELECT count(*) FROM fangma.assignment AS a
         WHERE a.entry_id = e.id AND upper_inf(a.recorded) AND a.valid @> now()) AS people,
       (SELECT count(*) FROM fangma.stream AS s WHERE s.entry_id = e.id) AS sensors,
       (SELECT count(*) FROM fangma.work_order AS o
         WHERE o.entry_id = e.id
           AND (SELECT w.state FROM fangma.work_order_step AS w WHERE w.order_id = o.id
                 ORDER BY w.id DESC LIMIT 1) NOT IN ('closed', 'rejected')) AS orders,
       (SELECT count(*) FROM fangma.lease AS l
         WHERE l.entry_id = e.id AND upper_inf(l.recorded) AND l.valid @> now()) AS leases,
       (SELECT count(*) FROM fangma.ledger AS b
         WHERE b.entry_id = e.id AND upper_inf(b.recorded) AND b.valid @> now()) AS ledger,
       (SELECT count(*) FROM fangma.alarm AS m
         JOIN fangma.stream AS s ON s.id = m.stream_id
         WHERE s.entry_id = e.id AND m.state <> 'cleared') AS alarms
  FROM fangma.entry AS e
 WHERE e.id = ANY (%(ids)s);

-- name: sides
-- Things as they are, or as they last were.
SELECT e.id, e.ordinal, e.code, e.kind, s.name, s.number, f.code AS storey, s.use, h.area_m2,
       CASE WHEN upper_inf(s.recorded) AND upper_inf(s.valid) THEN 'current' ELSE 'retired' END AS status,
       ST_AsGeoJSON(coalesce(h.footprint, h.axis, ST_Envelope(h.extent)), 3)::jsonb AS outline
  FROM fangma.entry AS e
  LEFT JOIN LATERAL (
    SELECT x.* FROM fangma.state AS x WHERE x.entry_id = e.id
     ORDER BY upper_inf(x.recorded) DESC, lower(x.valid) DESC NULLS LAST, lower(x.recorded) DESC
     LIMIT 1) AS s ON true
  LEFT JOIN LATERAL (
    SELECT x.* FROM fangma.shape AS x WHERE x.entry_id = e.id
     ORDER BY upper_inf(x.recorded) DESC, lower(x.valid) DESC NULLS LAST, lower(x.recorded) DESC
     LIMIT 1) AS h ON true
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE e.id = ANY (%(ids)s);
