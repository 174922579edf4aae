-- What became of what, and what follows it.

-- name: facts_held
SELECT place, valid_from, valid_to, fact
  FROM fangma.facts_held(%(table)s, %(about)s, %(since)s);

-- name: close_facts
SELECT fangma.close_facts(%(table)s, %(places)s, %(recorded_at)s, %(revision)s);

-- name: add_facts
SELECT fangma.add_facts(%(table)s, %(facts)s, %(recorded_at)s, %(revision)s);

-- name: point_streams
-- What a stream watches now, after its binding went to another room.
UPDATE fangma.stream AS s
   SET entry_id = b.entry_id, scope_id = e.scope_id
  FROM fangma.binding AS b
  JOIN fangma.entry AS e ON e.id = b.entry_id
 WHERE b.stream_id = s.id AND s.entry_id = ANY (%(about)s)
   AND upper_inf(b.recorded) AND b.valid @> %(now)s::timestamptz;

-- name: annexes
-- Ledger rows of other rooms that name an ancestor as the office they belong to.
SELECT l.entry_id, l.annex_of
  FROM fangma.ledger AS l
 WHERE l.annex_of = ANY (%(about)s) AND upper_inf(l.recorded) AND l.valid && tstzrange(%(since)s, NULL);

-- name: family
-- Every ancestor and descendant of an entry, with the step that ties each to the next one.
WITH RECURSIVE
  up AS (
    SELECT l.predecessor_id AS id, 1 AS depth
      FROM fangma.lineage AS l
     WHERE l.successor_id = %(id)s AND l.revision_id <= %(revision)s
       AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
     UNION
    SELECT l.predecessor_id, up.depth + 1
      FROM up JOIN fangma.lineage AS l ON l.successor_id = up.id
     WHERE l.revision_id <= %(revision)s AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
       AND up.depth < 1000),
  down AS (
    SELECT l.successor_id AS id, 1 AS depth
      FROM fangma.lineage AS l
     WHERE l.predecessor_id = %(id)s AND l.revision_id <= %(revision)s
       AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
     UNION
    SELECT l.successor_id, down.depth + 1
      FROM down JOIN fangma.lineage AS l ON l.predecessor_id = down.id
     WHERE l.revision_id <= %(revision)s AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
       AND down.depth < 1000),
  kin AS (
    SELECT id, -max(depth) AS generation FROM up GROUP BY id
     UNION ALL
    SELECT id, max(depth) FROM down GROUP BY id
     UNION ALL
    SELECT %(id)s, 0)
SELECT e.id, e.code, e.kind, k.generation, s.name, s.number, h.area_m2, s.is_current
  FROM kin AS k
  JOIN fangma.entry AS e ON e.id = k.id
  LEFT JOIN LATERAL (
    SELECT x.name, x.number, x.recorded @> %(known)s AND x.valid @> %(at)s AS is_current
      FROM fangma.state AS x
     WHERE x.entry_id = e.id AND lower(x.recorded) <= %(known)s
     ORDER BY x.recorded @> %(known)s DESC, lower(x.valid) DESC NULLS LAST
     LIMIT 1) AS s ON true
  LEFT JOIN LATERAL (
    SELECT x.area_m2
      FROM fangma.shape AS x
     WHERE x.entry_id = e.id AND lower(x.recorded) <= %(known)s
     ORDER BY x.recorded @> %(known)s DESC, lower(x.valid) DESC NULLS LAST
     LIMIT 1) AS h ON true
 ORDER BY k.generation, e.code;

-- name: steps
SELECT p.code AS predecessor, s.code AS successor, l.kind, l.at, l.area_share, l.reason, l.document,
       r.actor, r.recorded_at, l.revision_id AS revision
  FROM fangma.lineage AS l
  JOIN fangma.entry AS p ON p.id = l.predecessor_id
  JOIN fangma.entry AS s ON s.id = l.successor_id
  JOIN fangma.revision AS r ON r.id = l.revision_id
 WHERE l.predecessor_id = ANY (%(ids)s) AND l.successor_id = ANY (%(ids)s)
   AND l.revision_id <= %(revision)s AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
 ORDER BY l.at, p.code, s.code;

-- name: held_now
-- What a decision starts from: names, place, area and outline of an entry that is there at a time.
SELECT e.id, e.code, e.kind, c.site_id, c.building_id AS scope_building, c.secret,
       s.name, s.number, s.building_id, s.storey_id, s.use, s.system, s.ifc_class, s.predefined_type,
       s.elevation_m, s.inferred, h.area_m2, h.floor_z, h.ceiling_z, h.method, h.volume_m3,
       (SELECT max(upper(x.valid)) FROM fangma.state AS x
         WHERE x.entry_id = e.id AND upper_inf(x.recorded)
        HAVING NOT bool_or(upper_inf(x.valid))) AS ends,
       h.inner_diameter_m, h.outer_diameter_m,
       ST_AsBinary(h.footprint) AS footprint, ST_AsBinary(h.axis) AS axis,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
               ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> %(at)s::timestamptz
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND upper_inf(h.recorded) AND h.valid @> %(at)s::timestamptz
 WHERE e.id = ANY (%(ids)s);

-- name: joins_held
-- What runs of pipe are joined to, for the time from a day on.
SELECT j.entry_id, j.other_id, j.flow::integer AS flow, j.confidence, j.method,
       ST_X(j.point) AS x, ST_Y(j.point) AS y, ST_Z(j.point) AS z
  FROM fangma.pipe_join AS j
 WHERE (j.entry_id = ANY (%(ids)s) OR j.other_id = ANY (%(ids)s))
   AND upper_inf(j.recorded) AND j.valid @> %(at)s::timestamptz;
