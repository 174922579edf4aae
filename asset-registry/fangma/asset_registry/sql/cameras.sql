-- Cameras: where they look, whether they work, and what on a storey is to be watched.

-- name: close_views
-- What was held of these cameras from `valid` on is no longer held; what lies outside stays.
WITH closed AS (
  UPDATE fangma.camera_view AS v
     SET recorded = tstzrange(lower(v.recorded), %(recorded_at)s), closed_by = %(revision)s
   WHERE v.entry_id = ANY (%(entries)s::uuid[]) AND upper_inf(v.recorded) AND v.valid && %(valid)s
  RETURNING v.*)
INSERT INTO fangma.camera_view (
  entry_id, scope_id, valid, recorded, revision_id, place, heading_deg, horizontal_deg, vertical_deg,
  tilt_deg, range_m, pixels, origin)
SELECT entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s, place,
       heading_deg, horizontal_deg, vertical_deg, tilt_deg, range_m, pixels, origin
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_views
INSERT INTO fangma.camera_view (
  entry_id, scope_id, valid, recorded, revision_id, place, heading_deg, horizontal_deg, vertical_deg,
  tilt_deg, range_m, pixels, origin)
SELECT n.entry_id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s,
       ST_MakePoint(n.x, n.y, n.z), n.heading, n.horizontal, n.vertical, n.tilt, n.range_m, n.pixels,
       n.origin
  FROM unnest(%(entries)s::uuid[], %(x)s::float8[], %(y)s::float8[], %(z)s::float8[],
              %(heading)s::float8[], %(horizontal)s::float8[], %(vertical)s::float8[],
              %(tilt)s::float8[], %(range_m)s::float8[], %(pixels)s::integer[], %(origin)s::text[])
       AS n (entry_id, x, y, z, heading, horizontal, vertical, tilt, range_m, pixels, origin)
  JOIN fangma.entry AS e ON e.id = n.entry_id AND e.kind IN ('device', 'sensor', 'terminal', 'asset')
 ORDER BY n.entry_id;

-- name: whose
SELECT current_setting('fangma.reader', true);

-- name: follow_rooms
-- A camera is as secret as the room that it hangs in.
UPDATE fangma.entry AS e
   SET scope_id = r.scope_id
  FROM fangma.camera_view AS v
  JOIN fangma.shape AS h
    ON ST_Covers(h.footprint, ST_Force2D(v.place)) AND upper_inf(h.recorded) AND h.valid @> now()
   AND ST_Z(v.place) BETWEEN h.floor_z - 0.1 AND greatest(h.ceiling_z, h.floor_z + 2) + 0.5
  JOIN fangma.entry AS r ON r.id = h.entry_id AND r.kind = 'room'
  JOIN fangma.scope AS c ON c.id = r.scope_id
 WHERE v.entry_id = e.id AND upper_inf(v.recorded)
   AND c.secret IS DISTINCT FROM (SELECT secret FROM fangma.scope WHERE id = e.scope_id);

-- name: cameras
-- Everything that has a view then, or is called a camera; newest words of its state. The index
-- `state_camera` has what is called so: else a million names are read for a dozen.
WITH called AS (
  SELECT v.entry_id
    FROM fangma.camera_view AS v
   WHERE v.valid @> %(at)s AND v.recorded @> %(known)s
   UNION
  SELECT s.entry_id
    FROM fangma.state AS s
   WHERE (s.predefined_type = 'CAMERA' OR s.name ~* '摄像|监控探头|监控球机|camera|cctv')
     AND s.valid @> %(at)s AND s.recorded @> %(known)s)
SELECT e.id, e.code, e.kind, s.name, s.number, f.id AS storey_id, f.code AS storey, b.code AS building,
       ST_X(v.place) AS x, ST_Y(v.place) AS y, ST_Z(v.place) AS z, v.heading_deg, v.horizontal_deg,
       v.vertical_deg, v.tilt_deg, v.range_m, v.pixels, v.origin, lower(v.valid) AS since,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         (ST_XMin(h.extent) + ST_XMax(h.extent)) / 2, (ST_YMin(h.extent) + ST_YMax(h.extent)) / 2,
         (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2] END AS middle
  FROM called
  JOIN fangma.entry AS e ON e.id = called.entry_id
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.camera_view AS v
    ON v.entry_id = e.id AND v.valid @> %(at)s AND v.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE c.site_id = %(site_id)s
   AND e.kind IN ('device', 'sensor', 'terminal', 'asset')
   AND (%(code)s::text IS NULL OR e.code = %(code)s)
 ORDER BY e.code;

-- name: heard
-- Of each stream of the cameras: what it said last until then, and whether it had ever said anything.
SELECT b.entry_id, s.sensor, s.property AS observed_property, o.at, o.number, o.word
  FROM fangma.binding AS b
  JOIN fangma.stream AS s ON s.id = b.stream_id
  LEFT JOIN LATERAL (
    SELECT p.at, p.number, p.word
      FROM fangma.observation AS p
     WHERE p.stream_id = s.id AND p.at <= %(at)s AND (%(heard)s::timestamptz IS NULL OR p.recorded_at <= %(heard)s)
     ORDER BY p.at DESC
     LIMIT 1) AS o ON true
 WHERE b.entry_id = ANY (%(entries)s::uuid[]) AND b.valid @> %(at)s AND b.recorded @> %(known)s
 ORDER BY s.sensor;

-- name: alarms
-- Alarms of the cameras that had begun and were not over.
SELECT a.entry_id, a.rule, a.message, a.raised_at
  FROM fangma.alarm AS a
 WHERE a.entry_id = ANY (%(entries)s::uuid[]) AND a.raised_at <= %(at)s
   AND (a.cleared_at IS NULL OR a.cleared_at > %(at)s)
 ORDER BY a.raised_at, a.id;

-- name: orders
-- Work orders on the cameras that were open.
SELECT o.entry_id, o.number
  FROM fangma.work_order AS o
  JOIN LATERAL (
    SELECT x.state
      FROM fangma.work_order_step AS x
     WHERE x.order_id = o.id AND x.at <= %(at)s
     ORDER BY x.id DESC
     LIMIT 1) AS w ON w.state NOT IN ('closed', 'rejected')
 WHERE o.entry_id = ANY (%(entries)s::uuid[])
 ORDER BY o.number;

-- name: rooms
-- Rooms of a site with outline and floor: of one storey, or all.
SELECT e.code, s.number, s.name, s.use, f.code AS storey, b.code AS building, h.floor_z, h.ceiling_z,
       ST_AsBinary(h.footprint, 'NDR') AS footprint
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE e.kind = 'room' AND h.footprint IS NOT NULL AND h.floor_z IS NOT NULL
   AND (%(storey)s::text IS NULL OR f.code = %(storey)s)
 ORDER BY e.code;

-- name: bodies
-- Elements of some classes whose box meets a box, with the file of bodies that holds each.
SELECT e.id, s.ifc_class, s.name, x.model_id,
       ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
             ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] AS extent
  FROM fangma.shape AS h
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = 'element'
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
   AND s.ifc_class = ANY (%(classes)s)
  LEFT JOIN LATERAL (
    SELECT r.model_id
      FROM fangma.source AS r
     WHERE r.entry_id = e.id AND r.until_id IS NULL
     LIMIT 1) AS x ON true
 WHERE h.extent &&& ST_MakeLine(ST_MakePoint(%(x0)s, %(y0)s, %(z0)s), ST_MakePoint(%(x1)s, %(y1)s, %(z1)s))
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
 ORDER BY e.ordinal;

-- name: gates
-- Gates and barriers outdoors that a model shows.
SELECT s.name, b.code AS building,
       (ST_XMin(h.extent) + ST_XMax(h.extent)) / 2 AS x, (ST_YMin(h.extent) + ST_YMax(h.extent)) / 2 AS y,
       ST_ZMin(h.extent) AS z
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE e.kind IN ('device', 'element') AND h.extent IS NOT NULL AND s.name ~* %(gates)s
 ORDER BY e.ordinal;

-- name: mounts
-- What cameras of a table are said to be, or to hang in.
SELECT e.id, e.code, e.kind, s.name, s.storey_id, s.building_id,
       CASE WHEN e.kind = 'room' THEN h.floor_z
            WHEN e.kind = 'storey' THEN (
              SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY g.floor_z)
                FROM fangma.state AS t
                JOIN fangma.entry AS r ON r.id = t.entry_id AND r.kind = 'room'
                JOIN fangma.shape AS g ON g.entry_id = r.id AND upper_inf(g.recorded) AND g.valid @> now()
               WHERE t.storey_id = e.id AND upper_inf(t.recorded) AND t.valid @> now()) END AS floor_z,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         (ST_XMin(h.extent) + ST_XMax(h.extent)) / 2, (ST_YMin(h.extent) + ST_YMax(h.extent)) / 2,
         (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2] END AS middle
  FROM fangma.entry AS e
  LEFT JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND upper_inf(h.recorded) AND h.valid @> now()
 WHERE e.code = ANY (%(codes)s);

-- name: room_at
-- The room that holds a point.
SELECT e.id, e.code, e.kind, s.name, s.storey_id, s.building_id, h.floor_z, NULL::float8[] AS middle
  FROM fangma.shape AS h
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = 'room'
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
 WHERE upper_inf(h.recorded) AND h.valid @> now()
   AND ST_Covers(h.footprint, ST_MakePoint(%(x)s, %(y)s))
   AND %(z)s BETWEEN h.floor_z - 0.1 AND greatest(h.ceiling_z, h.floor_z + 2) + 0.5
 ORDER BY h.floor_z DESC
 LIMIT 1;

-- name: views_now
SELECT v.entry_id, ST_X(v.place) AS x, ST_Y(v.place) AS y, ST_Z(v.place) AS z, v.heading_deg,
       v.horizontal_deg, v.vertical_deg, v.tilt_deg, v.range_m, v.pixels, v.origin
  FROM fangma.camera_view AS v
 WHERE v.entry_id = ANY (%(entries)s::uuid[]) AND upper_inf(v.recorded) AND v.valid @> now();

-- name: codes_of
SELECT id, code
  FROM fangma.entry
 WHERE id = ANY (%(entries)s::uuid[]);
