-- What may hide pipes, for many pipes at once.

-- name: bodies_near
-- Walls, slabs, ceilings, doors and panels by the pipes that they are near, with the model whose file
-- of bodies holds each.
SELECT DISTINCT e.id, s.ifc_class, s.predefined_type, s.name, x.guid, x.model_id,
       ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
             ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] AS extent
  FROM unnest(%(ids)s::uuid[]) AS wanted (entry_id)
  JOIN fangma.shape AS t
    ON t.entry_id = wanted.entry_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.extent &&& ST_Expand(t.extent, %(aside)s, %(aside)s, %(over)s)
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = 'element'
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
   AND (s.ifc_class = ANY (%(classes)s) OR s.name ~* %(panels)s)
  LEFT JOIN LATERAL (
    SELECT r.model_id, r.guid
      FROM fangma.source AS r
     WHERE r.entry_id = e.id AND r.until_id IS NULL
     LIMIT 1) AS x ON true
 ORDER BY e.id;

-- name: rooms_near
SELECT DISTINCT e.id, e.code, s.name, s.number, s.use, ST_AsBinary(h.footprint, 'NDR') AS footprint,
       h.floor_z, h.ceiling_z
  FROM unnest(%(ids)s::uuid[]) AS wanted (entry_id)
  JOIN fangma.shape AS t
    ON t.entry_id = wanted.entry_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.footprint && ST_Expand(ST_Force2D(t.extent), %(aside)s)
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
   AND h.floor_z <= ST_ZMax(t.extent) + %(over)s AND h.ceiling_z >= ST_ZMin(t.extent) - %(over)s
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind = 'room'
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
 ORDER BY e.code;

-- name: told_by_surveys
-- What a survey says of pipes beside where they lie: the ground above, how they were laid.
SELECT r.entry_id, r.properties
  FROM fangma.source AS r
  JOIN fangma.model AS m ON m.id = r.model_id AND m.kind = 'survey'
 WHERE r.entry_id = ANY (%(ids)s) AND r.until_id IS NULL;

-- name: grounds_near
-- The height of the ground at the surveyed thing that is nearest to each pipe of a model.
SELECT DISTINCT ON (wanted.entry_id) wanted.entry_id,
       (r.properties #>> '{ground_m,0}')::double precision AS ground_m
  FROM unnest(%(ids)s::uuid[]) AS wanted (entry_id)
  JOIN fangma.shape AS t
    ON t.entry_id = wanted.entry_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.extent &&& ST_Expand(t.extent, %(within)s, %(within)s, 20.0)
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
  JOIN fangma.source AS r ON r.entry_id = h.entry_id AND r.until_id IS NULL
   AND r.properties ? 'ground_m'
  JOIN fangma.model AS m ON m.id = r.model_id AND m.kind = 'survey'
 ORDER BY wanted.entry_id, ST_Distance(ST_Force2D(h.extent), ST_Force2D(t.extent)), r.entry_id;

-- name: entrances_near
-- Manholes and chambers of a survey: where one gets at buried pipes.
SELECT wanted.entry_id, e.code, s.name, s.system, r.properties,
       ST_Distance(ST_Force2D(ST_Centroid(h.extent)), ST_Force2D(t.extent)) AS away
  FROM unnest(%(ids)s::uuid[]) AS wanted (entry_id)
  JOIN fangma.shape AS t
    ON t.entry_id = wanted.entry_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.extent &&& ST_Expand(t.extent, %(within)s, %(within)s, 20.0)
   AND h.valid @> %(at)s AND h.recorded @> %(known)s
  JOIN fangma.entry AS e ON e.id = h.entry_id AND e.kind IN ('fitting', 'valve', 'device')
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s AND s.name LIKE '%%井%%'
  JOIN fangma.source AS r ON r.entry_id = e.id AND r.until_id IS NULL
  JOIN fangma.model AS m ON m.id = r.model_id AND m.kind = 'survey'
 ORDER BY wanted.entry_id, away, e.code;
