-- Alarms: raised and cleared by the bridge, acknowledged and shelved by people.

-- name: alarms
SELECT a.id, s.sensor, s.property AS observed_property, s.unit, e.code AS code, a.scope_id, a.rule, a.severity, a.state, a.message, a.raised_at, a.number,
       a.word, a.cleared_at, a.acknowledged_by, a.shelved_until, a.flood, a.flapping, w.number AS work_order
  FROM fangma.alarm AS a
  JOIN fangma.stream AS s ON s.id = a.stream_id
  LEFT JOIN fangma.entry AS e ON e.id = a.entry_id
  LEFT JOIN fangma.work_order AS w ON w.id = a.work_order_id
 WHERE (%(states)s::text[] IS NULL OR a.state = ANY (%(states)s))
   AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
 ORDER BY a.raised_at DESC, a.id DESC
 LIMIT %(limit)s;

-- name: lock
SELECT state
  FROM fangma.alarm
 WHERE id = %(id)s
   FOR UPDATE;

-- name: change
UPDATE fangma.alarm
   SET state = %(state)s, shelved_until = %(shelved_until)s,
       acknowledged_by = CASE WHEN %(state)s = 'acknowledged' THEN %(actor)s ELSE acknowledged_by END
 WHERE id = %(id)s;

-- name: note
INSERT INTO fangma.alarm_event (alarm_id, state, actor, note)
VALUES (%(id)s, %(state)s, %(actor)s, %(note)s);

-- name: raise
-- An alarm that is there already stays the one that it is. More than so many within ten minutes are
-- a flood (ISA-18.2, 3.1): what is not severe is marked, so that it does not hide what is.
INSERT INTO fangma.alarm (
  stream_id, entry_id, scope_id, rule, severity, state, message, raised_at, number, word, flood)
SELECT s.id, s.entry_id, s.scope_id, %(rule)s, %(severity)s, 'active', %(message)s, %(raised_at)s,
       %(number)s, %(word)s,
       %(severity)s IN ('medium', 'low')
       AND (SELECT count(*)
              FROM (SELECT
                      FROM fangma.alarm AS a
                     WHERE a.raised_at > %(raised_at)s::timestamptz - interval '10 minutes'
                       AND a.raised_at <= %(raised_at)s
                     LIMIT %(flood)s) AS many) >= %(flood)s
  FROM fangma.stream AS s
 WHERE s.id = %(stream_id)s
ON CONFLICT (stream_id, rule) WHERE state <> 'cleared' DO NOTHING
RETURNING id, entry_id, flood;

-- name: hold
-- It comes and goes too often: from now on it stays until it has been calm for a while.
UPDATE fangma.alarm
   SET flapping = true
 WHERE stream_id = %(stream_id)s
   AND rule = %(rule)s
   AND state <> 'cleared'
   AND NOT flapping
RETURNING id;

-- name: clear
UPDATE fangma.alarm
   SET state = 'cleared', cleared_at = greatest(%(at)s, raised_at), shelved_until = NULL
 WHERE stream_id = %(stream_id)s
   AND rule = %(rule)s
   AND state <> 'cleared'
RETURNING id;

-- name: history
SELECT v.at, v.state, v.actor, v.note
  FROM fangma.alarm_event AS v
 WHERE v.alarm_id = %(id)s
 ORDER BY v.at;

-- name: assign
UPDATE fangma.alarm AS a
   SET work_order_id = w.id
  FROM fangma.work_order AS w
 WHERE a.id = %(id)s AND w.number = %(order)s
RETURNING a.state;

-- name: entry_of
SELECT entry_id
  FROM fangma.alarm
 WHERE id = %(id)s;

-- name: nearest
-- The nearest of what one needs there: the valve that shuts, the hydrant, the way out. By distance of
-- the boxes' middles; what is on another storey counts as 20 m further, since one walks by the stairs.
WITH here AS (
  SELECT c.site_id, s.storey_id, ST_LineInterpolatePoint(h.extent, 0.5) AS middle
    FROM fangma.entry AS e
    JOIN fangma.scope AS c ON c.id = e.scope_id
    JOIN fangma.shape AS h
      ON h.entry_id = e.id AND upper_inf(h.recorded) AND h.valid @> now() AND h.extent IS NOT NULL
    LEFT JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
   WHERE e.id = %(entry)s),
things AS (
  SELECT e.code, s.name, s.storey_id, ST_LineInterpolatePoint(h.extent, 0.5) AS middle,
         CASE WHEN e.kind = 'valve' THEN 'valve'
              WHEN s.use IN ('楼梯', '门厅') THEN 'exit'
              WHEN s.ifc_class IN ('IfcFireSuppressionTerminal')
                   AND coalesce(s.predefined_type, '') IN ('HOSEREEL', 'FIREHYDRANT')
                OR s.name ~* '消火栓|消防栓|hydrant' THEN 'hydrant' END AS role
    FROM here
    JOIN fangma.scope AS c ON c.site_id = here.site_id
    JOIN fangma.entry AS e ON e.scope_id = c.id AND e.kind IN ('valve', 'terminal', 'device', 'room')
    JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
    JOIN fangma.shape AS h
      ON h.entry_id = e.id AND upper_inf(h.recorded) AND h.valid @> now() AND h.extent IS NOT NULL
   WHERE e.code IS NOT NULL AND e.id <> %(entry)s)
SELECT DISTINCT ON (t.role) t.role, t.code, t.name,
       ST_3DDistance(t.middle, here.middle) AS distance_m
  FROM things AS t, here
 WHERE t.role IS NOT NULL
 ORDER BY t.role, ST_3DDistance(t.middle, here.middle)
                  + CASE WHEN t.storey_id IS DISTINCT FROM here.storey_id THEN 20 ELSE 0 END, t.code;

-- name: unshelve_expired
UPDATE fangma.alarm
   SET state = 'active', shelved_until = NULL
 WHERE state = 'shelved'
   AND shelved_until <= now()
RETURNING id;

-- name: open
SELECT stream_id, rule
  FROM fangma.alarm
 WHERE state <> 'cleared';

-- name: heard
-- When each declared stream was last heard, by our clock.
SELECT n.stream_id, n.recorded_at
  FROM fangma.newest_observation AS n
  JOIN fangma.stream AS s ON s.id = n.stream_id
 WHERE s.declared;

-- name: announce
SELECT pg_notify('fangma_live', 'alarms');
