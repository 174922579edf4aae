-- What the registry tells of its entries, as of a moment: valid at `at`, known at `known`.

-- name: find_entries
SELECT id, code, kind
  FROM fangma.entry
 WHERE code = ANY (%(codes)s) AND revision_id <= %(revision)s;

-- name: list_current
SELECT e.id, e.ordinal, e.code, e.kind, s.name, s.number, b.code AS building, f.code AS storey,
       s.use, s.system, h.area_m2, 'current' AS status, o.guids, o.since, o.until
  FROM fangma.entry AS e
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  CROSS JOIN LATERAL (
    SELECT array_agg(x.guid) AS guids, array_agg(x.since_id) AS since, array_agg(x.until_id) AS until
      FROM fangma.source AS x
     WHERE x.entry_id = e.id) AS o
 WHERE e.kind = %(kind)s
   AND (%(site_id)s::uuid IS NULL
        OR e.scope_id IN (SELECT id FROM fangma.scope WHERE site_id = %(site_id)s))
   AND (%(building)s::uuid IS NULL OR s.building_id = %(building)s)
   AND (%(storey)s::uuid IS NULL OR s.storey_id = %(storey)s)
   AND (%(use)s::text IS NULL OR s.use = %(use)s)
   AND (%(system)s::text IS NULL OR s.system = %(system)s)
   AND (%(q)s::text IS NULL OR s.name ILIKE %(q)s OR s.number ILIKE %(q)s OR e.code ILIKE %(q)s)
   AND (%(ids)s::uuid[] IS NULL OR e.id = ANY (%(ids)s))
   AND (%(after_code)s::text IS NULL OR e.code > %(after_code)s)
   AND (%(after_ordinal)s::bigint IS NULL OR e.ordinal > %(after_ordinal)s)
 ORDER BY e.code, e.ordinal
 LIMIT %(limit)s;

-- name: list_all
-- With what is no longer: such an entry is told as it last was.
SELECT e.id, e.ordinal, e.code, e.kind, s.name, s.number, b.code AS building, f.code AS storey,
       s.use, s.system, h.area_m2,
       CASE WHEN s.held AND s.valid @> %(at)s THEN 'current' ELSE 'retired' END AS status,
       o.guids, o.since, o.until
  FROM fangma.entry AS e
 CROSS JOIN LATERAL (
    SELECT x.*, x.recorded @> %(known)s AS held
      FROM fangma.state AS x
     WHERE x.entry_id = e.id
       AND lower(x.recorded) <= %(known)s
       AND (lower_inf(x.valid) OR lower(x.valid) <= %(at)s)
     ORDER BY x.recorded @> %(known)s DESC, lower(x.valid) DESC NULLS LAST, lower(x.recorded) DESC
     LIMIT 1) AS s
  LEFT JOIN LATERAL (
    SELECT x.area_m2
      FROM fangma.shape AS x
     WHERE x.entry_id = e.id
       AND lower(x.recorded) <= %(known)s
       AND (lower_inf(x.valid) OR lower(x.valid) <= %(at)s)
     ORDER BY x.recorded @> %(known)s DESC, lower(x.valid) DESC NULLS LAST
     LIMIT 1) AS h ON true
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  CROSS JOIN LATERAL (
    SELECT array_agg(x.guid) AS guids, array_agg(x.since_id) AS since, array_agg(x.until_id) AS until
      FROM fangma.source AS x
     WHERE x.entry_id = e.id) AS o
 WHERE e.kind = %(kind)s
   AND (%(site_id)s::uuid IS NULL
        OR e.scope_id IN (SELECT id FROM fangma.scope WHERE site_id = %(site_id)s))
   AND (%(building)s::uuid IS NULL OR s.building_id = %(building)s)
   AND (%(storey)s::uuid IS NULL OR s.storey_id = %(storey)s)
   AND (%(use)s::text IS NULL OR s.use = %(use)s)
   AND (%(system)s::text IS NULL OR s.system = %(system)s)
   AND (%(q)s::text IS NULL OR s.name ILIKE %(q)s OR s.number ILIKE %(q)s OR e.code ILIKE %(q)s)
   AND (%(ids)s::uuid[] IS NULL OR e.id = ANY (%(ids)s))
   AND (%(after_code)s::text IS NULL OR e.code > %(after_code)s)
   AND (%(after_ordinal)s::bigint IS NULL OR e.ordinal > %(after_ordinal)s)
 ORDER BY e.code, e.ordinal
 LIMIT %(limit)s;

-- name: model_revisions
SELECT id, model_id, revision_id, file
  FROM fangma.model_revision
 WHERE revision_id <= %(revision)s
 ORDER BY revision_id;

-- name: place_of
SELECT h.area_m2, h.volume_m3, h.method, h.declared, h.floor_z, h.ceiling_z, h.kernel,
       h.inner_diameter_m, h.outer_diameter_m,
       ST_AsGeoJSON(h.footprint, 4)::jsonb AS footprint, ST_AsGeoJSON(h.axis, 4)::jsonb AS axis,
       ST_XMin(h.extent) AS x0, ST_YMin(h.extent) AS y0, ST_ZMin(h.extent) AS z0,
       ST_XMax(h.extent) AS x1, ST_YMax(h.extent) AS y1, ST_ZMax(h.extent) AS z1
  FROM fangma.shape AS h
 WHERE h.entry_id = %(id)s
   AND lower(h.recorded) <= %(known)s
   AND (lower_inf(h.valid) OR lower(h.valid) <= %(at)s)
 ORDER BY h.recorded @> %(known)s DESC, lower(h.valid) DESC NULLS LAST
 LIMIT 1;

-- name: names_around
SELECT c.code AS site, t.name AS site_name, t.epsg, b.name AS building_name, f.name AS storey_name,
       f.elevation_m AS storey_elevation_m
  FROM fangma.entry AS e
  JOIN fangma.scope AS p ON p.id = e.scope_id
  JOIN fangma.site AS t ON t.entry_id = p.site_id
  JOIN fangma.entry AS c ON c.id = p.site_id
  LEFT JOIN LATERAL (
    SELECT s.building_id, s.storey_id
      FROM fangma.state AS s
     WHERE s.entry_id = e.id AND lower(s.recorded) <= %(known)s
       AND (lower_inf(s.valid) OR lower(s.valid) <= %(at)s)
     ORDER BY s.recorded @> %(known)s DESC, lower(s.valid) DESC NULLS LAST
     LIMIT 1) AS s ON true
  LEFT JOIN fangma.state AS b
    ON b.entry_id = s.building_id AND b.valid @> %(at)s AND b.recorded @> %(known)s
  LEFT JOIN fangma.state AS f
    ON f.entry_id = s.storey_id AND f.valid @> %(at)s AND f.recorded @> %(known)s
 WHERE e.id = %(id)s;

-- name: state_history
SELECT s.valid, s.recorded, s.revision_id, s.closed_by, s.name, s.number, b.code AS building,
       f.code AS storey, s.use, s.system, s.ifc_class, s.predefined_type, s.elevation_m, s.inferred
  FROM fangma.state AS s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE s.entry_id = %(id)s AND lower(s.recorded) <= %(known)s;

-- name: shape_history
SELECT s.valid, s.recorded, s.revision_id, s.closed_by, s.area_m2, s.volume_m3, s.method, s.mesh_hash,
       s.floor_z, s.outer_diameter_m
  FROM fangma.shape AS s
 WHERE s.entry_id = %(id)s AND lower(s.recorded) <= %(known)s;

-- name: revisions
SELECT id, recorded_at, actor, action, reason, document, detail ->> 'decision' AS decision,
       (detail ->> 'undone')::bigint AS undone
  FROM fangma.revision
 WHERE id = ANY (%(ids)s);

-- name: lineage
SELECT p.code AS predecessor, s.code AS successor, l.kind, l.at, l.area_share, l.reason, l.document,
       l.revision_id, l.undone_by IS NULL OR l.undone_by > %(revision)s AS holds
  FROM fangma.lineage AS l
  JOIN fangma.entry AS p ON p.id = l.predecessor_id
  JOIN fangma.entry AS s ON s.id = l.successor_id
 WHERE (l.predecessor_id = %(id)s OR l.successor_id = %(id)s) AND l.revision_id <= %(revision)s
 ORDER BY l.at, p.code, s.code;

-- name: properties_of
-- Those of the newest source that still holds; several models may describe one room.
SELECT x.properties, x.fingerprint, r.file, m.discipline
  FROM fangma.source AS x
  JOIN fangma.model_revision AS r ON r.id = x.since_id
  JOIN fangma.model AS m ON m.id = x.model_id
  LEFT JOIN fangma.model_revision AS u ON u.id = x.until_id
 WHERE x.entry_id = %(id)s AND r.revision_id <= %(revision)s
 ORDER BY (u.id IS NULL OR u.revision_id > %(revision)s) DESC, r.revision_id DESC;
