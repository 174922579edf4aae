-- The scene at a moment: what streams said, which alarms stood, how valves were. `at` is the time in
-- the world, `known` the time of our knowledge (NULL = all that is known now).

-- name: values
-- Of each stream that watched something of the site then, the newest observation that was known. Those
-- that never said anything are left out first: a large estate has hundreds of thousands of them.
SELECT s.sensor, e.code, e.kind, s.property AS observed_property, s.unit, o.at, o.number, o.word,
       o.quality
  FROM fangma.binding AS b
  JOIN fangma.scope AS c ON c.id = b.scope_id
  JOIN fangma.stream AS s ON s.id = b.stream_id
  JOIN fangma.entry AS e ON e.id = b.entry_id
  JOIN fangma.newest_observation AS n ON n.stream_id = b.stream_id
  JOIN LATERAL (
    SELECT p.at, p.number, p.word, p.quality
      FROM fangma.observation AS p
     WHERE p.stream_id = s.id AND p.at <= %(at)s AND p.at > %(at)s - %(within)s::interval
       AND (%(known)s::timestamptz IS NULL OR p.recorded_at <= %(known)s)
     ORDER BY p.at DESC
     LIMIT 1) AS o ON true
 WHERE c.site_id = %(site)s
   AND b.valid @> %(at)s
   AND (%(known)s::timestamptz IS NULL AND upper_inf(b.recorded) OR b.recorded @> %(known)s)
 ORDER BY s.sensor;

-- name: alarms
-- What had begun and was not over; its state then is that of its last step.
SELECT a.id, s.sensor, e.code, a.rule, a.severity, v.state, a.message, a.raised_at, a.number, a.word,
       s.property AS observed_property, s.unit
  FROM fangma.alarm AS a
  JOIN fangma.stream AS s ON s.id = a.stream_id
  LEFT JOIN fangma.entry AS e ON e.id = a.entry_id
  LEFT JOIN fangma.scope AS c ON c.id = a.scope_id
  JOIN LATERAL (
    SELECT x.state
      FROM fangma.alarm_event AS x
     WHERE x.alarm_id = a.id
       AND (%(known)s::timestamptz IS NULL OR x.at <= %(known)s)
       -- A beginning and an end are true from the reading that showed them, the rest when done.
       AND CASE WHEN x.state = 'cleared' THEN a.cleared_at <= %(at)s
                WHEN x.actor = 'bridge' AND x.note IS NULL THEN true
                ELSE x.at <= %(at)s END
     ORDER BY x.at DESC
     LIMIT 1) AS v ON v.state <> 'cleared'
 WHERE a.raised_at <= %(at)s
   AND (c.site_id = %(site)s OR c.site_id IS NULL)
 ORDER BY a.raised_at DESC, a.id DESC;

-- name: valves
SELECT e.code, p.position, lower(p.valid) AS since
  FROM fangma.valve_position AS p
  JOIN fangma.scope AS c ON c.id = p.scope_id
  JOIN fangma.entry AS e ON e.id = p.entry_id
 WHERE c.site_id = %(site)s
   AND p.valid @> %(at)s
   AND (%(known)s::timestamptz IS NULL AND upper_inf(p.recorded) OR p.recorded @> %(known)s)
 ORDER BY e.code;

-- name: rooms
SELECT e.code, s.name, s.number, s.use, f.code AS storey, h.area_m2
  FROM fangma.state AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
  JOIN fangma.entry AS e ON e.id = s.entry_id AND e.kind = 'room'
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s
   AND (%(known)s::timestamptz IS NULL AND upper_inf(h.recorded) OR h.recorded @> %(known)s)
 WHERE c.site_id = %(site)s
   AND s.valid @> %(at)s
   AND (%(known)s::timestamptz IS NULL AND upper_inf(s.recorded) OR s.recorded @> %(known)s)
 ORDER BY e.code;

-- name: orders
-- Work orders that were open.
SELECT o.number, e.code, o.fault, o.urgency, w.state, o.at AS since
  FROM fangma.work_order AS o
  JOIN fangma.scope AS c ON c.id = o.scope_id
  JOIN fangma.entry AS e ON e.id = o.entry_id
  JOIN LATERAL (
    SELECT x.state
      FROM fangma.work_order_step AS x
     WHERE x.order_id = o.id AND x.at <= %(at)s
       AND (%(known)s::timestamptz IS NULL OR x.recorded_at <= %(known)s)
     ORDER BY x.id DESC
     LIMIT 1) AS w ON w.state NOT IN ('closed', 'rejected')
 WHERE c.site_id = %(site)s
 ORDER BY o.number;

-- name: events
-- What happened, for the marks of a slider: alarms, work orders, valves, changes of the registry.
SELECT *
  FROM (
    SELECT a.raised_at AS at, 'alarm' AS kind, e.code, a.severity AS what, a.message AS words
      FROM fangma.alarm AS a
      LEFT JOIN fangma.entry AS e ON e.id = a.entry_id
      LEFT JOIN fangma.scope AS c ON c.id = a.scope_id
     WHERE a.raised_at BETWEEN %(start)s AND %(end)s
       AND (c.site_id = %(site)s OR c.site_id IS NULL)
    UNION ALL
    SELECT a.cleared_at, 'alarm-over', e.code, a.severity, a.message
      FROM fangma.alarm AS a
      LEFT JOIN fangma.entry AS e ON e.id = a.entry_id
      LEFT JOIN fangma.scope AS c ON c.id = a.scope_id
     WHERE a.cleared_at BETWEEN %(start)s AND %(end)s
       AND (c.site_id = %(site)s OR c.site_id IS NULL)
    UNION ALL
    SELECT o.at, 'order', e.code, o.urgency, o.words
      FROM fangma.work_order AS o
      JOIN fangma.scope AS c ON c.id = o.scope_id
      JOIN fangma.entry AS e ON e.id = o.entry_id
     WHERE o.at BETWEEN %(start)s AND %(end)s AND c.site_id = %(site)s
    UNION ALL
    SELECT lower(p.valid), 'valve', e.code, p.position, p.position
      FROM fangma.valve_position AS p
      JOIN fangma.scope AS c ON c.id = p.scope_id
      JOIN fangma.entry AS e ON e.id = p.entry_id
     WHERE lower(p.valid) BETWEEN %(start)s AND %(end)s AND upper_inf(p.recorded)
       AND c.site_id = %(site)s
    UNION ALL
    -- Revisions are of all sites, and people write names of rooms into reasons.
    SELECT r.recorded_at, 'registry', NULL, r.action,
           CASE WHEN (SELECT fangma.reader()) = 'operator' THEN coalesce(r.reason, r.action)
                ELSE r.action END
      FROM fangma.revision AS r
     WHERE r.recorded_at BETWEEN %(start)s AND %(end)s) AS found
 ORDER BY at DESC
 LIMIT %(limit)s;
