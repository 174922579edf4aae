-- What stands about a place, for pictures.

-- name: target
SELECT e.id, e.code, e.kind, s.system, s.name, s.number AS door, c.site_id,
       ST_AsBinary(h.axis, 'NDR') AS axis, h.outer_diameter_m,
       CASE WHEN h.extent IS NOT NULL THEN ARRAY[
         ST_X(ST_StartPoint(h.extent)), ST_Y(ST_StartPoint(h.extent)), ST_Z(ST_StartPoint(h.extent)),
         ST_X(ST_EndPoint(h.extent)), ST_Y(ST_EndPoint(h.extent)), ST_Z(ST_EndPoint(h.extent))]
       END AS extent,
       ST_AsBinary(h.footprint, 'NDR') AS footprint, h.floor_z, h.ceiling_z
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  LEFT JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
 WHERE e.id = %(id)s;

-- name: around
-- Things whose box meets a box, with the file of bodies that holds each.
SELECT e.id, e.code, e.kind, s.ifc_class, s.predefined_type, s.system, s.name,
       ST_AsBinary(h.axis, 'NDR') AS axis, h.outer_diameter_m,
       ARRAY[ST_X(ST_StartPoint(h.extent)), ST_Y(ST_StartPoint(h.extent)), ST_Z(ST_StartPoint(h.extent)),
             ST_X(ST_EndPoint(h.extent)), ST_Y(ST_EndPoint(h.extent)), ST_Z(ST_EndPoint(h.extent))]
         AS extent, x.model_id
  FROM fangma.shape AS h
  JOIN fangma.entry AS e ON e.id = h.entry_id
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN LATERAL (
    SELECT r.model_id
      FROM fangma.source AS r
     WHERE r.entry_id = e.id AND r.until_id IS NULL
     LIMIT 1) AS x ON true
 WHERE h.extent &&& ST_MakeLine(ST_MakePoint(%(x0)s, %(y0)s, %(z0)s), ST_MakePoint(%(x1)s, %(y1)s, %(z1)s))
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
   AND e.kind <> 'sensor'
 ORDER BY e.ordinal
 LIMIT %(limit)s;

-- name: rooms_near
-- Rooms within reach of a place whose height is theirs, or that of the void above them.
SELECT e.id, e.code, s.name, s.number AS door, f.code AS storey, fs.name AS storey_name,
       ST_AsBinary(h.footprint, 'NDR') AS footprint, h.floor_z, h.ceiling_z,
       ST_Distance(h.footprint, ST_MakePoint(%(x)s, %(y)s)) AS away
  FROM fangma.shape AS h
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = 'room'
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.state AS fs
    ON fs.entry_id = s.storey_id AND fs.valid @> %(at)s AND fs.recorded @> %(known)s
 WHERE h.footprint && ST_Expand(ST_MakePoint(%(x)s, %(y)s), %(within)s)
   AND ST_DWithin(h.footprint, ST_MakePoint(%(x)s, %(y)s), %(within)s)
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
   AND %(z)s BETWEEN h.floor_z - 0.35 AND h.floor_z + greatest(h.ceiling_z - h.floor_z + 1.5, 4.0)
 -- The room on the storey before the one below, whose void reaches up to here.
 ORDER BY h.floor_z > %(z)s + 0.05, round(ST_Distance(h.footprint, ST_MakePoint(%(x)s, %(y)s))::numeric, 2),
          h.floor_z DESC, e.ordinal;

-- name: models
SELECT id, placement
  FROM fangma.model
 WHERE id = ANY (%(ids)s);

-- name: places
-- Where coded things are, in words and in the site's CRS.
SELECT e.code, s.name, s.number AS door, f.code AS storey, fs.name AS storey_name, r.code AS room,
       r.name AS room_name, r.door AS room_door, p.position,
       ST_X(ST_Centroid(h.extent)) AS x, ST_Y(ST_Centroid(h.extent)) AS y,
       (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2 AS z, r.floor_z
  FROM fangma.entry AS e
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.valve_position AS p
    ON p.entry_id = e.id AND p.valid @> %(at)s AND p.recorded @> %(known)s
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.state AS fs
    ON fs.entry_id = s.storey_id AND fs.valid @> %(at)s AND fs.recorded @> %(known)s
  LEFT JOIN LATERAL (
    SELECT o.code, t.name, t.number AS door, g.floor_z
      FROM fangma.shape AS g
      JOIN fangma.entry AS o ON o.id = g.entry_id AND o.kind = 'room'
      JOIN fangma.state AS t ON t.entry_id = o.id AND t.valid @> %(at)s AND t.recorded @> %(known)s
     WHERE e.kind <> 'room' AND g.valid @> %(at)s AND g.recorded @> %(known)s
       -- What stands in a wall is reached from the room beside it.
       AND ST_DWithin(g.footprint, ST_Force2D(ST_Centroid(h.extent)), 0.5)
       AND (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2
           BETWEEN g.floor_z - 0.1 AND g.floor_z + greatest(g.ceiling_z - g.floor_z + 0.8, 3.4)
     ORDER BY round(ST_Distance(g.footprint, ST_Force2D(ST_Centroid(h.extent)))::numeric, 2),
              g.floor_z DESC
     LIMIT 1) AS r ON true
 WHERE e.code = ANY (%(codes)s);

-- name: holders
-- How many people hold some rooms; counted, never named.
SELECT count(DISTINCT a.person_id)
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
 WHERE e.code = ANY (%(codes)s) AND a.person_id IS NOT NULL
   AND a.valid @> %(at)s AND a.recorded @> %(known)s;
