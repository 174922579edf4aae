-- Networks: how joins, positions of valves and accuracies are written, and how they are read.

-- name: make_staging
CREATE TEMP TABLE IF NOT EXISTS staged_join (
  entry_id uuid, other_id uuid, flow smallint, point geometry, confidence double precision,
  method text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_rejoined (entry_id uuid) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_position (entry_id uuid, position text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_accuracy (
  entry_id uuid, plan_m double precision, depth_m double precision, basis text, surveyed_on date)
  ON COMMIT DELETE ROWS;
TRUNCATE staged_join, staged_rejoined, staged_position, staged_accuracy;

-- name: copy_joins
COPY staged_join (entry_id, other_id, flow, point, confidence, method) FROM STDIN;

-- name: copy_rejoined
COPY staged_rejoined (entry_id) FROM STDIN;

-- name: copy_positions
COPY staged_position (entry_id, position) FROM STDIN;

-- name: copy_accuracies
COPY staged_accuracy (entry_id, plan_m, depth_m, basis, surveyed_on) FROM STDIN;

-- name: analyze_staging
ANALYZE staged_join (entry_id, other_id), staged_rejoined, staged_position, staged_accuracy;

-- name: close_joins
-- What is told again just as it is held stays as it is.
WITH closed AS (
  UPDATE fangma.pipe_join AS j
     SET recorded = tstzrange(lower(j.recorded), %(recorded_at)s), closed_by = %(revision)s
   WHERE upper_inf(j.recorded) AND j.valid && %(valid)s
     AND (j.entry_id IN (SELECT entry_id FROM staged_rejoined)
          OR j.other_id IN (SELECT entry_id FROM staged_rejoined)
          OR (j.entry_id, j.other_id) IN (SELECT entry_id, other_id FROM staged_join))
     AND NOT EXISTS (
       SELECT FROM staged_join AS n
        WHERE n.entry_id = j.entry_id AND n.other_id = j.other_id AND j.valid @> %(valid)s
          AND n.flow = j.flow AND n.method = j.method
          AND abs(n.confidence - j.confidence) < 0.001)
  RETURNING j.*)
INSERT INTO fangma.pipe_join (
  entry_id, scope_id, other_id, other_scope_id, valid, recorded, revision_id, flow, point,
  confidence, method)
SELECT entry_id, scope_id, other_id, other_scope_id, valid * outside,
       tstzrange(%(recorded_at)s, NULL), %(revision)s, flow, point, confidence, method
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_joins
INSERT INTO fangma.pipe_join (
  entry_id, scope_id, other_id, other_scope_id, valid, recorded, revision_id, flow, point,
  confidence, method)
SELECT n.entry_id, e.scope_id, n.other_id, o.scope_id, %(valid)s,
       tstzrange(%(recorded_at)s, NULL), %(revision)s, n.flow, ST_SetSRID(ST_Force3DZ(n.point), 0),
       n.confidence, n.method
  FROM staged_join AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
  JOIN fangma.entry AS o ON o.id = n.other_id
 WHERE NOT EXISTS (
   SELECT FROM fangma.pipe_join AS j
    WHERE j.entry_id = n.entry_id AND j.other_id = n.other_id AND upper_inf(j.recorded)
      AND j.valid && %(valid)s)
 ORDER BY n.entry_id, n.other_id;

-- name: close_positions
WITH closed AS (
  UPDATE fangma.valve_position AS p
     SET recorded = tstzrange(lower(p.recorded), %(recorded_at)s), closed_by = %(revision)s
    FROM staged_position AS n
   WHERE p.entry_id = n.entry_id AND upper_inf(p.recorded) AND p.valid && %(valid)s
  RETURNING p.*)
INSERT INTO fangma.valve_position (
  entry_id, scope_id, valid, recorded, revision_id, position)
SELECT entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s, position
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_positions
INSERT INTO fangma.valve_position (entry_id, scope_id, valid, recorded, revision_id, position)
SELECT n.entry_id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s, n.position
  FROM staged_position AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id AND e.kind = 'valve'
 ORDER BY n.entry_id;

-- name: close_accuracies
WITH closed AS (
  UPDATE fangma.accuracy AS a
     SET recorded = tstzrange(lower(a.recorded), %(recorded_at)s), closed_by = %(revision)s
    FROM staged_accuracy AS n
   WHERE a.entry_id = n.entry_id AND upper_inf(a.recorded) AND a.valid && %(valid)s
  RETURNING a.*)
INSERT INTO fangma.accuracy (
  entry_id, scope_id, valid, recorded, revision_id, plan_m, depth_m, basis, surveyed_on)
SELECT entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s, plan_m,
       depth_m, basis, surveyed_on
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_accuracies
INSERT INTO fangma.accuracy (
  entry_id, scope_id, valid, recorded, revision_id, plan_m, depth_m, basis, surveyed_on)
SELECT n.entry_id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s, n.plan_m,
       n.depth_m, n.basis, n.surveyed_on
  FROM staged_accuracy AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
 ORDER BY n.entry_id;

-- name: room_to_sort
-- Everything of a large site is joined and sorted in memory rather than through files.
SELECT set_config('work_mem', '128MB', true);

-- name: parts
-- Everything of the sites' networks as of a moment, in the order of its ordinals: pipes and the
-- like, and whatever else was ever joined to them, such as a sensor set into a pipe. Of few parts the
-- joins are looked up (OFFSET 0 keeps the planner from reading them all), of everything they are read.
SELECT e.id, e.code, e.kind, s.system, s.ifc_class, s.predefined_type, c.site_id, s.building_id,
       ST_AsBinary(h.axis, 'NDR') AS axis, h.outer_diameter_m,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         ST_X(ST_StartPoint(h.extent)), ST_Y(ST_StartPoint(h.extent)), ST_Z(ST_StartPoint(h.extent)),
         ST_X(ST_EndPoint(h.extent)), ST_Y(ST_EndPoint(h.extent)), ST_Z(ST_EndPoint(h.extent))]
       END AS extent,
       a.plan_m, a.depth_m, a.basis, a.surveyed_on, p.position,
       CASE WHEN isfinite(lower(p.valid)) THEN lower(p.valid) END AS position_since,
       v.since, v.surveyed, s.name, v.ground_m
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.accuracy AS a
    ON a.entry_id = e.id AND a.valid @> %(at)s AND a.recorded @> %(known)s
  LEFT JOIN fangma.valve_position AS p
    ON p.entry_id = e.id AND p.valid @> %(at)s AND p.recorded @> %(known)s
  -- One entry at a time by its index: the planner takes two containments for almost no row, and would
  -- go through all sources for each.
  LEFT JOIN LATERAL (
    SELECT min(coalesce(r.written_at, '')) AS since, bool_or(m.kind = 'survey') AS surveyed,
           avg(((x.properties #>> '{ground_m,0}')::double precision
                + (x.properties #>> '{ground_m,1}')::double precision) / 2)
             FILTER (WHERE m.kind = 'survey') AS ground_m
      FROM fangma.source AS x
      JOIN fangma.model AS m ON m.id = x.model_id
      JOIN fangma.model_revision AS r ON r.id = x.since_id
     WHERE x.entry_id = e.id AND x.until_id IS NULL) AS v ON true
 WHERE (e.kind = ANY (%(kinds)s)
        OR %(ids)s::uuid[] IS NULL AND %(scopes)s::integer[] IS NULL
           AND (e.id IN (SELECT entry_id FROM fangma.pipe_join)
                OR e.id IN (SELECT other_id FROM fangma.pipe_join))
        OR NOT (%(ids)s::uuid[] IS NULL AND %(scopes)s::integer[] IS NULL)
           AND (EXISTS (SELECT FROM fangma.pipe_join AS j WHERE j.entry_id = e.id OFFSET 0)
                OR EXISTS (SELECT FROM fangma.pipe_join AS j WHERE j.other_id = e.id OFFSET 0)))
   AND (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s)
   AND (%(ids)s::uuid[] IS NULL OR e.id = ANY (%(ids)s))
   AND (%(scopes)s::integer[] IS NULL OR e.scope_id = ANY (%(scopes)s))
 ORDER BY e.ordinal;

-- name: are_many
SELECT EXISTS (
  SELECT FROM fangma.entry AS e
    JOIN fangma.scope AS c ON c.id = e.scope_id
   WHERE e.kind = ANY (%(kinds)s) AND (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s)
  OFFSET %(least)s);

-- name: scopes_about
-- Outdoors, and the buildings that have a part in a box.
SELECT c.id
  FROM fangma.scope AS c
 WHERE (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s)
   AND (c.building_id IS NULL
        OR c.building_id IN (
          SELECT b.building_id
            FROM fangma.shape AS h
            JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = ANY (%(kinds)s)
            JOIN fangma.scope AS b ON b.id = e.scope_id
           WHERE h.extent &&& ST_MakeLine(ST_MakePoint(%(x0)s, %(y0)s, %(z0)s),
                                          ST_MakePoint(%(x1)s, %(y1)s, %(z1)s))))
 ORDER BY c.id;

-- name: joined_to
-- All that these parts are joined to, however far off. Beside them valves that are joined to nothing:
-- one may stand on a pipe; so what such a valve of these touches is followed as well.
WITH RECURSIVE alone AS MATERIALIZED (
  SELECT e.id
    FROM fangma.entry AS e
   WHERE e.kind = 'valve'
     AND NOT EXISTS (SELECT FROM fangma.pipe_join AS j
                      WHERE j.entry_id = e.id AND j.valid @> %(at)s AND j.recorded @> %(known)s)
     AND NOT EXISTS (SELECT FROM fangma.pipe_join AS j
                      WHERE j.other_id = e.id AND j.valid @> %(at)s AND j.recorded @> %(known)s)),
reached AS (
  (SELECT unnest(%(ids)s::uuid[]) AS id
   UNION
   SELECT h.entry_id
     FROM alone AS a
     JOIN fangma.shape AS v ON v.entry_id = a.id AND v.extent IS NOT NULL
     JOIN fangma.shape AS h ON h.extent &&& v.extent
    WHERE a.id = ANY (%(ids)s))
  UNION
  SELECT n.id
    FROM reached AS r
   CROSS JOIN LATERAL (
     SELECT j.other_id AS id
       FROM fangma.pipe_join AS j
      WHERE j.entry_id = r.id AND j.valid @> %(at)s AND j.recorded @> %(known)s
        AND j.confidence >= %(least)s
     UNION ALL
     SELECT j.entry_id
       FROM fangma.pipe_join AS j
      WHERE j.other_id = r.id AND j.valid @> %(at)s AND j.recorded @> %(known)s
        AND j.confidence >= %(least)s) AS n)
SELECT id FROM reached
UNION
SELECT id FROM alone;

-- name: reaching_into
-- Whatever reaches into a box, by its line or its box, pipe or not.
SELECT h.entry_id
  FROM fangma.shape AS h
 WHERE (h.extent &&& ST_MakeLine(ST_MakePoint(%(x0)s, %(y0)s, %(z0)s),
                                 ST_MakePoint(%(x1)s, %(y1)s, %(z1)s))
        OR h.axis &&& ST_MakeLine(ST_MakePoint(%(x0)s, %(y0)s, %(z0)s),
                                  ST_MakePoint(%(x1)s, %(y1)s, %(z1)s)))
   AND h.valid @> %(at)s AND h.recorded @> %(known)s;

-- name: count_parts
-- How many rows `parts` has of everything.
SELECT count(*)
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
 WHERE (e.kind = ANY (%(kinds)s)
        OR e.id IN (SELECT entry_id FROM fangma.pipe_join)
        OR e.id IN (SELECT other_id FROM fangma.pipe_join))
   AND (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s);

-- name: parts_near
-- Parts that reach into one of these boxes of the site, with how far a survey of them may be off.
-- Box by box through the index: those about the lines of a survey are many and small, and one about
-- them all would hold the whole site.
SELECT e.id, e.kind, s.system, ST_AsBinary(h.axis, 'NDR') AS axis, h.outer_diameter_m,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
         ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent,
       a.plan_m, a.depth_m
  FROM (SELECT DISTINCT o.entry_id
          FROM unnest(%(x0)s::float8[], %(y0)s::float8[], %(z0)s::float8[],
                      %(x1)s::float8[], %(y1)s::float8[], %(z1)s::float8[])
               AS b (x0, y0, z0, x1, y1, z1)
         CROSS JOIN LATERAL (
           SELECT h.entry_id
             FROM fangma.shape AS h
            WHERE h.valid @> %(at)s AND h.recorded @> %(known)s
              AND (h.axis &&& ST_MakeLine(ST_MakePoint(b.x0, b.y0, b.z0), ST_MakePoint(b.x1, b.y1, b.z1))
                   OR h.axis IS NULL
                      AND h.extent &&& ST_MakeLine(ST_MakePoint(b.x0, b.y0, b.z0),
                                                   ST_MakePoint(b.x1, b.y1, b.z1)))
           OFFSET 0) AS o) AS near
  JOIN fangma.shape AS h
    ON h.entry_id = near.entry_id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  JOIN fangma.entry AS e ON e.id = h.entry_id AND (h.axis IS NOT NULL OR e.kind = ANY (%(kinds)s))
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.accuracy AS a
    ON a.entry_id = e.id AND a.valid @> %(at)s AND a.recorded @> %(known)s
 ORDER BY e.ordinal;

-- name: widest_accuracy
SELECT coalesce(max(greatest(plan_m, depth_m)), 0.0)
  FROM fangma.accuracy
 WHERE valid @> %(at)s AND recorded @> %(known)s;

-- name: joins_of
SELECT j.entry_id, j.other_id, j.flow, j.confidence, j.method,
       ST_X(j.point) AS x, ST_Y(j.point) AS y, ST_Z(j.point) AS z
  FROM fangma.pipe_join AS j
 WHERE (j.entry_id = ANY (%(ids)s) OR j.other_id = ANY (%(ids)s))
   AND j.valid @> %(at)s AND j.recorded @> %(known)s AND j.confidence >= %(least)s
 ORDER BY j.entry_id, j.other_id;

-- name: join_columns
-- Every join as two ids and its flow, 34 bytes behind each other: a row each takes ten times as long.
SELECT coalesce(string_agg(uuid_send(j.entry_id) || uuid_send(j.other_id) || int2send(j.flow), ''
                           ORDER BY j.entry_id, j.other_id), '')
  FROM fangma.pipe_join AS j
 WHERE j.valid @> %(at)s AND j.recorded @> %(known)s AND j.confidence >= %(least)s;

-- name: join_columns_of
SELECT coalesce(string_agg(uuid_send(j.entry_id) || uuid_send(j.other_id) || int2send(j.flow), ''
                           ORDER BY j.entry_id, j.other_id), '')
  FROM fangma.pipe_join AS j
 WHERE (j.entry_id = ANY (%(ids)s) OR j.other_id = ANY (%(ids)s))
   AND j.valid @> %(at)s AND j.recorded @> %(known)s AND j.confidence >= %(least)s;

-- name: place_of
SELECT h.entry_id AS id, ST_AsBinary(h.footprint, 'NDR') AS footprint, h.floor_z, h.ceiling_z,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
         ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent, x.model_id
  FROM fangma.shape AS h
  LEFT JOIN LATERAL (
    SELECT r.model_id
      FROM fangma.source AS r
     WHERE r.entry_id = h.entry_id AND r.until_id IS NULL
     LIMIT 1) AS x ON true
 WHERE h.entry_id = coalesce(%(id)s::uuid, (
         SELECT r.entry_id FROM fangma.source AS r
          WHERE r.guid = %(guid)s::text ORDER BY r.until_id IS NULL DESC LIMIT 1))
   AND h.valid @> %(at)s AND h.recorded @> %(known)s;

-- name: water_readings
-- What bound meters, pressures and flood sensors observed: of the nights, and the newest of floods.
SELECT e.code, s.sensor, s.property, s.unit, o.at, o.number AS value
  FROM fangma.stream AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.observation AS o ON o.stream_id = s.id
 WHERE s.property = ANY (%(properties)s) AND o.number IS NOT NULL
   AND o.at > %(at)s - make_interval(days => %(days)s) AND o.at <= %(at)s
   AND o.recorded_at <= %(known)s
   AND (extract(hour FROM o.at AT TIME ZONE 'Asia/Shanghai') BETWEEN 0 AND 5
        OR o.at = (SELECT n.at FROM fangma.newest_observation AS n WHERE n.stream_id = s.id))
 ORDER BY s.id, o.at
 LIMIT 500000;

-- name: code_of_sensor
SELECT e.code
  FROM fangma.stream AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
 WHERE s.sensor = %(sensor)s;

-- name: closures
SELECT p.entry_id, lower(p.valid) AS since, upper(p.valid) AS until
  FROM fangma.valve_position AS p
 WHERE p.position = 'closed' AND p.recorded @> %(known)s
   AND p.valid && tstzrange(%(start)s, %(end)s)
 ORDER BY p.entry_id, since;

-- name: people_in
SELECT count(DISTINCT a.person_id)
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id AND e.code = ANY (%(codes)s)
 WHERE a.person_id IS NOT NULL AND a.valid @> %(at)s AND a.recorded @> %(known)s;

-- name: holds_until
-- The next time at which something that is recorded already begins or ends.
SELECT min(t.at)
  FROM (SELECT valid, recorded FROM fangma.valve_position
        UNION ALL SELECT valid, recorded FROM fangma.accuracy
        UNION ALL SELECT valid, recorded FROM fangma.pipe_join
        UNION ALL SELECT valid, recorded FROM fangma.shape
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))
        UNION ALL SELECT valid, recorded FROM fangma.state
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))) AS f,
       LATERAL (VALUES (lower(f.valid)), (upper(f.valid))) AS t (at)
 WHERE f.recorded @> %(known)s AND t.at > %(at)s AND isfinite(t.at);

-- name: rooms_of
-- The rooms in which things lie: outline and height hold the middle of their box. A hand's breadth
-- of height is forgiven: what stands on the floor may begin in it.
SELECT DISTINCT t.entry_id, r.code
  FROM unnest(%(ids)s::uuid[]) AS wanted (entry_id)
  JOIN fangma.shape AS t
    ON t.entry_id = wanted.entry_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  -- Thing by thing through the index: the planner would go through all rooms of the registry.
 CROSS JOIN LATERAL (
   SELECT h.entry_id
     FROM fangma.shape AS h
    WHERE h.footprint && ST_Force2D(ST_Centroid(t.extent))
      AND ST_Contains(h.footprint, ST_Force2D(ST_Centroid(t.extent)))
      AND h.valid @> %(at)s AND h.recorded @> %(known)s
      AND (ST_ZMin(t.extent) + ST_ZMax(t.extent)) / 2
          BETWEEN h.floor_z - 0.1 AND h.ceiling_z + 0.1
   OFFSET 0) AS h
  JOIN fangma.entry AS r ON r.id = h.entry_id AND r.kind = 'room'
  JOIN fangma.state AS s
    ON s.entry_id = r.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
 ORDER BY r.code;

-- name: scopes_seen
-- What the reader may see, as one text.
SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM fangma.scope;

-- name: have_changed
-- Whether anything that networks are read from was recorded after a revision, but how valves stand.
-- Imports and what takes something back count as such, whatever they wrote; places that are no parts do not.
SELECT EXISTS (SELECT FROM fangma.revision
                WHERE id > %(since)s AND action <> ALL (ARRAY['edit', 'correction']))
    OR EXISTS (SELECT FROM fangma.accuracy WHERE revision_id > %(since)s OR closed_by > %(since)s)
    OR EXISTS (SELECT FROM fangma.pipe_join WHERE revision_id > %(since)s OR closed_by > %(since)s)
    OR EXISTS (SELECT FROM fangma.shape AS h
                JOIN fangma.entry AS e ON e.id = h.entry_id
               WHERE (h.revision_id > %(since)s OR h.closed_by > %(since)s)
                 AND e.kind NOT IN ('site', 'building', 'storey', 'room'))
    OR EXISTS (SELECT FROM fangma.state AS s
                JOIN fangma.entry AS e ON e.id = s.entry_id
               WHERE (s.revision_id > %(since)s OR s.closed_by > %(since)s)
                 AND e.kind NOT IN ('site', 'building', 'storey', 'room'));

-- name: turned
-- The valves whose position was recorded, or is no longer held, after a revision.
SELECT DISTINCT entry_id
  FROM fangma.valve_position
 WHERE revision_id > %(since)s OR closed_by > %(since)s;

-- name: entries_seen
-- One text for which things the reader sees and where they belong: what became secret leaves no row of
-- a revision behind.
SELECT concat_ws(' ', count(*), sum(hashtextextended(id::text, scope_id)))
  FROM fangma.entry;

-- name: entry_of_code
SELECT e.id, e.code, e.kind, c.site_id
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.code = %(code)s;

-- name: contents_of_room
-- Parts whose middle lies in a room.
SELECT t.entry_id
  FROM fangma.shape AS h
  JOIN fangma.shape AS t
    ON t.extent &&& h.extent AND ST_Contains(h.footprint, ST_Force2D(ST_Centroid(t.extent)))
   AND t.valid @> %(at)s AND t.recorded @> %(known)s
   AND (ST_ZMin(t.extent) + ST_ZMax(t.extent)) / 2
       BETWEEN h.floor_z - 0.1 AND h.ceiling_z + 0.1
  JOIN fangma.entry AS e ON e.id = t.entry_id AND e.kind = ANY (%(kinds)s)
 WHERE h.entry_id = %(room_id)s AND h.valid @> %(at)s AND h.recorded @> %(known)s;
