-- Planned closures: the newest step says where each stands, as of a moment.

-- name: closures
-- What a reader does not see is left out of the lists, as it is everywhere.
SELECT c.id, c.number, c.reason, lower(c.during) AS starts_at, upper(c.during) AS ends_at, c.planner,
       c.recorded_at, o.site_id, x.state, x.at AS since, x.hydrants,
       ARRAY(SELECT e.code FROM unnest(c.targets) WITH ORDINALITY AS t (id, place)
               JOIN fangma.entry AS e USING (id) ORDER BY t.place) AS targets,
       ARRAY(SELECT e.code FROM unnest(x.valves) WITH ORDINALITY AS t (id, place)
               JOIN fangma.entry AS e USING (id) ORDER BY t.place) AS valves,
       ARRAY(SELECT e.code FROM unnest(x.shut) WITH ORDINALITY AS t (id, place)
               JOIN fangma.entry AS e USING (id) ORDER BY t.place) AS shut,
       ARRAY(SELECT e.code FROM unnest(x.rooms) WITH ORDINALITY AS t (id, place)
               JOIN fangma.entry AS e USING (id) ORDER BY t.place) AS rooms,
       c.targets AS target_ids, x.valves AS valve_ids, x.shut AS shut_ids, x.rooms AS room_ids
  FROM fangma.closure AS c
  JOIN fangma.scope AS o ON o.id = c.scope_id
  JOIN LATERAL (
    SELECT s.*
      FROM fangma.closure_step AS s
     WHERE s.closure_id = c.id AND s.recorded_at <= %(known)s
     ORDER BY s.id DESC
     LIMIT 1) AS x ON true
 WHERE (%(id)s::uuid IS NULL OR c.id = %(id)s)
   AND (%(number)s::bigint IS NULL OR c.number = %(number)s)
   AND (%(site_id)s::uuid IS NULL OR o.site_id = %(site_id)s)
   AND (%(states)s::text[] IS NULL OR x.state = ANY (%(states)s))
   AND (%(start)s::timestamptz IS NULL OR c.during && tstzrange(%(start)s, %(end)s))
 ORDER BY c.number DESC;

-- name: steps
SELECT s.key, s.deed, s.state, e.code AS valve, s.actor, s.note, s.at, s.recorded_at
  FROM fangma.closure_step AS s
  LEFT JOIN fangma.entry AS e ON e.id = s.valve_id
 WHERE s.closure_id = %(id)s AND s.recorded_at <= %(known)s
 ORDER BY s.id;

-- name: head
SELECT number, reason, targets, lower(during), upper(during)
  FROM fangma.closure
 WHERE id = %(id)s;

-- name: step_of_key
SELECT closure_id, deed
  FROM fangma.closure_step
 WHERE key = %(key)s;

-- name: add
INSERT INTO fangma.closure (
  id, entry_id, scope_id, targets, reason, during, planner, recorded_at, revision_id)
SELECT %(id)s, e.id, e.scope_id, %(targets)s, %(reason)s, tstzrange(%(start)s, %(end)s), %(planner)s,
       %(recorded_at)s, %(revision)s
  FROM fangma.entry AS e
 WHERE e.id = %(entry_id)s;

-- name: add_step
INSERT INTO fangma.closure_step (
  key, closure_id, deed, state, valve_id, valves, shut, rooms, hydrants, actor, note, at, recorded_at,
  revision_id)
VALUES (%(key)s, %(closure_id)s, %(deed)s, %(state)s, %(valve_id)s, %(valves)s, %(shut)s, %(rooms)s,
        %(hydrants)s, %(actor)s, %(note)s, least(%(at)s, %(recorded_at)s), %(recorded_at)s, %(revision)s);

-- name: ids_of_codes
SELECT t.place, e.id
  FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS t (code, place)
  JOIN fangma.entry AS e USING (code)
 ORDER BY t.place;

-- name: places
-- Rooms with what they are called, by building.
SELECT e.code, coalesce(s.number, s.name, e.code) AS room, coalesce(bs.name, b.code, '') AS building
  FROM fangma.entry AS e
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.state AS bs
    ON bs.entry_id = b.id AND bs.valid @> %(at)s AND bs.recorded @> %(known)s
 WHERE e.code = ANY (%(codes)s)
 ORDER BY building, room;

-- name: units
-- Units that hold some rooms.
SELECT DISTINCT u.code
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id AND e.code = ANY (%(codes)s)
  JOIN fangma.unit AS u ON u.id = a.unit_id
 WHERE a.valid @> %(at)s AND a.recorded @> %(known)s
 ORDER BY u.code;
