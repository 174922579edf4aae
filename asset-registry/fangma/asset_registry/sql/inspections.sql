-- Inspection rounds: plans, their stops, and what was found on each walk.

-- name: add_round
INSERT INTO fangma.inspection_round (id, site_id, revision_id)
VALUES (%(id)s, %(site_id)s, %(revision)s);

-- name: add_plan
INSERT INTO fangma.round_plan (round_id, name, every_days, starts_on, ended, recorded_at, revision_id)
VALUES (%(round_id)s, %(name)s, %(every_days)s, %(starts_on)s, %(ended)s, %(recorded_at)s, %(revision)s)
RETURNING id;

-- name: add_stop
INSERT INTO fangma.round_stop (plan_id, place, entry_id, scope_id, checks)
SELECT %(plan_id)s, %(place)s, e.id, e.scope_id, %(checks)s
  FROM fangma.entry AS e
 WHERE e.id = %(entry_id)s;

-- name: rounds
SELECT r.id, r.number, e.code AS site, r.site_id, p.id AS plan_id, p.name, p.every_days, p.starts_on,
       p.recorded_at
  FROM fangma.inspection_round AS r
  JOIN fangma.entry AS e ON e.id = r.site_id
  JOIN LATERAL (
    SELECT q.id, q.name, q.every_days, q.starts_on, q.ended, q.recorded_at
      FROM fangma.round_plan AS q
     WHERE q.round_id = r.id AND q.recorded_at <= %(known)s
     ORDER BY q.id DESC
     LIMIT 1) AS p ON NOT p.ended
 WHERE (%(site_id)s::uuid IS NULL OR r.site_id = %(site_id)s)
   AND (%(id)s::uuid IS NULL OR r.id = %(id)s)
   AND (%(number)s::bigint IS NULL OR r.number = %(number)s)
 ORDER BY r.number;

-- name: stops
-- With where they are: the middle of the body; which room holds it is asked of rooms_of.
SELECT t.plan_id, t.place, e.id AS entry_id, e.code, e.kind, c.secret, t.checks, s.name, s.number AS door, s.system,
       b.code AS building, f.code AS storey, fs.name AS storey_name, fs.elevation_m,
       ST_X(ST_Centroid(h.extent)) AS x, ST_Y(ST_Centroid(h.extent)) AS y,
       (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2 AS z
  FROM fangma.round_stop AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
  JOIN fangma.scope AS c ON c.id = e.scope_id
  LEFT JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.state AS fs
    ON fs.entry_id = s.storey_id AND fs.valid @> %(at)s AND fs.recorded @> %(known)s
 WHERE t.plan_id = ANY (%(plans)s)
 ORDER BY t.plan_id, t.place;

-- name: visits
SELECT v.key, v.round_id, v.due_on, e.code, v.outcome, v.found, v.note, v.order_id, v.actor, v.at,
       v.recorded_at
  FROM fangma.round_visit AS v
  JOIN fangma.entry AS e ON e.id = v.entry_id
 WHERE v.round_id = ANY (%(rounds)s) AND v.due_on >= %(since)s AND v.recorded_at <= %(known)s
 ORDER BY v.at, v.id;

-- name: visit_of_key
SELECT v.round_id, v.due_on, e.code
  FROM fangma.round_visit AS v
  JOIN fangma.entry AS e ON e.id = v.entry_id
 WHERE v.key = %(key)s;

-- name: add_visit
INSERT INTO fangma.round_visit (
  key, round_id, due_on, entry_id, scope_id, outcome, found, note, order_id, actor, at, recorded_at,
  revision_id)
SELECT %(key)s, %(round_id)s, %(due_on)s, e.id, e.scope_id, %(outcome)s, %(found)s, %(note)s,
       %(order_id)s, %(actor)s, least(%(at)s, %(recorded_at)s), %(recorded_at)s, %(revision)s
  FROM fangma.entry AS e
 WHERE e.id = %(entry_id)s;
