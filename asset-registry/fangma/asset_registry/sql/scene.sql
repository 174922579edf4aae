-- What a viewer needs of everything that has a body, and how things are found by what people type.

-- name: room_to_join
-- Half a million entries, states and shapes are joined in memory rather than through files; two
-- millions take longer than a question usually may. It is asked once a revision, by one at a time.
SELECT set_config('work_mem', '128MB', true), set_config('statement_timeout', '5min', true);

-- name: features
-- What has a body, as of a moment: one row, a column of fixed-width binary values each, all in the
-- same order. A row an element would cost a message each, three times the work.
SELECT string_agg(int8send(e.ordinal), '') AS ordinal,
       string_agg(int2send(array_position(%(kinds)s::text[], e.kind)::int2), '') AS kind,
       string_agg(int8send(
         hash_record_extended(ROW(s.ifc_class, s.predefined_type, s.use, s.system), 0)), '') AS words,
       string_agg(uuid_send(coalesce(s.storey_id, e.id)), '') AS storey,
       string_agg(uuid_send(coalesce(s.building_id, e.id)), '') AS building,
       string_agg(float8send(coalesce(h.area_m2, 'NaN')), '') AS area_m2,
       string_agg(ST_AsBinary(h.extent, 'NDR'), '') AS extent
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
 WHERE c.site_id = %(site_id)s AND h.extent IS NOT NULL
   AND e.ordinal >= %(first)s AND e.ordinal < %(below)s
   AND e.kind = ANY (%(wanted)s);

-- name: slices
-- Which slices of a width hold ordinals of a site: one look into the index for each that there may be.
SELECT n.slice
  FROM (SELECT max(e.ordinal) / %(width)s AS last FROM fangma.entry AS e) AS m,
       generate_series(0, m.last) AS n (slice),
       LATERAL (SELECT FROM fangma.entry AS e
                  JOIN fangma.scope AS c ON c.id = e.scope_id
                 WHERE e.ordinal >= n.slice * %(width)s AND e.ordinal < (n.slice + 1) * %(width)s
                   AND c.site_id = %(site_id)s
                 LIMIT 1) AS one
 ORDER BY n.slice;

-- name: holds_until
-- The next time at which a state or shape that is recorded already begins or ends.
SELECT min(t.at)
  FROM (SELECT valid, recorded FROM fangma.state
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))
        UNION ALL
        SELECT valid, recorded FROM fangma.shape
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))) AS f,
       LATERAL (VALUES (lower(f.valid)), (upper(f.valid))) AS t (at)
 WHERE f.recorded @> %(known)s AND t.at > %(at)s AND isfinite(t.at);

-- name: inherited
-- Tiles of now show bodies under the ordinals that they had when they were written. What people
-- divided, joined or replaced since is told under the same ordinal, as its principal heir.
WITH RECURSIVE line AS (
  SELECT p.id AS old, p.ordinal, l.successor_id AS id, coalesce(l.area_share, 0) AS share
    FROM fangma.lineage AS l
    JOIN fangma.entry AS p ON p.id = l.predecessor_id
    JOIN fangma.scope AS c ON c.id = p.scope_id
   WHERE c.site_id = %(site_id)s AND l.revision_id <= %(revision)s
     AND p.ordinal >= %(first)s AND p.ordinal < %(below)s
     AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
     AND EXISTS (SELECT FROM fangma.source AS s
                   JOIN fangma.model_revision AS r ON r.model_id = s.model_id AND r.current
                  WHERE s.entry_id = p.id AND r.revision_id < l.revision_id)
     AND NOT EXISTS (SELECT FROM fangma.state AS s
                      WHERE s.entry_id = p.id AND s.valid @> %(at)s AND s.recorded @> %(known)s)
   UNION
  SELECT line.old, line.ordinal, l.successor_id, line.share * coalesce(l.area_share, 1)
    FROM line
    JOIN fangma.lineage AS l ON l.predecessor_id = line.id
   WHERE l.revision_id <= %(revision)s AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)),
heir AS (
  SELECT DISTINCT ON (line.old) line.old, line.ordinal, e.id, e.kind, e.code, s.ifc_class,
         s.predefined_type, s.use, s.system, s.storey_id, s.building_id
    FROM line
    JOIN fangma.entry AS e ON e.id = line.id
    JOIN fangma.state AS s
      ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
   ORDER BY line.old, line.share DESC, e.code),
placed AS (
  SELECT h.*, x.area_m2, coalesce(x.extent, y.extent) AS extent
    FROM heir AS h
    LEFT JOIN fangma.shape AS x
      ON x.entry_id = h.id AND x.valid @> %(at)s AND x.recorded @> %(known)s
    LEFT JOIN LATERAL (
      SELECT o.extent FROM fangma.shape AS o WHERE o.entry_id = h.old AND o.extent IS NOT NULL
       ORDER BY lower(o.recorded) DESC LIMIT 1) AS y ON true)
SELECT string_agg(int8send(p.ordinal), '') AS ordinal,
       string_agg(int2send(array_position(%(kinds)s::text[], p.kind)::int2), '') AS kind,
       string_agg(int8send(
         hash_record_extended(ROW(p.ifc_class, p.predefined_type, p.use, p.system), 0)), '') AS words,
       string_agg(uuid_send(coalesce(p.storey_id, p.id)), '') AS storey,
       string_agg(uuid_send(coalesce(p.building_id, p.id)), '') AS building,
       string_agg(float8send(coalesce(p.area_m2, 'NaN')), '') AS area_m2,
       string_agg(ST_AsBinary(p.extent, 'NDR'), '') AS extent,
       array_agg(p.ordinal) AS ordinals, array_agg(p.code) AS codes
  FROM placed AS p
 WHERE p.extent IS NOT NULL
   AND p.kind = ANY (%(wanted)s);

-- name: heir_of
-- The only current descendant of something that is no longer.
WITH RECURSIVE line AS (
  SELECT l.successor_id AS id
    FROM fangma.lineage AS l
   WHERE l.predecessor_id = %(id)s AND l.revision_id <= %(revision)s
     AND (l.undone_by IS NULL OR l.undone_by > %(revision)s)
   UNION
  SELECT l.successor_id
    FROM line
    JOIN fangma.lineage AS l ON l.predecessor_id = line.id
   WHERE l.revision_id <= %(revision)s AND (l.undone_by IS NULL OR l.undone_by > %(revision)s))
SELECT e.id, e.kind
  FROM line
  JOIN fangma.entry AS e ON e.id = line.id
  JOIN fangma.state AS s ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s;

-- name: words
-- The words behind the hashes of `features`; only what differs is hashed.
SELECT hash_record_extended(ROW(w.ifc_class, w.predefined_type, w.use, w.system), 0) AS hash,
       coalesce(w.ifc_class, '') AS ifc_class, coalesce(w.predefined_type, '') AS predefined_type,
       coalesce(w.use, '') AS use, coalesce(w.system, '') AS system
  FROM (SELECT DISTINCT s.ifc_class, s.predefined_type, s.use, s.system
          FROM fangma.state AS s
          JOIN fangma.scope AS c ON c.id = s.scope_id
         WHERE c.site_id = %(site_id)s) AS w;

-- name: words_of_slice
-- The same of a slice of `features`, without a look at all the others.
SELECT hash_record_extended(ROW(w.ifc_class, w.predefined_type, w.use, w.system), 0) AS hash,
       coalesce(w.ifc_class, '') AS ifc_class, coalesce(w.predefined_type, '') AS predefined_type,
       coalesce(w.use, '') AS use, coalesce(w.system, '') AS system
  FROM (SELECT DISTINCT s.ifc_class, s.predefined_type, s.use, s.system
          FROM fangma.entry AS e
          JOIN fangma.scope AS c ON c.id = e.scope_id
          JOIN fangma.state AS s
            ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
         WHERE c.site_id = %(site_id)s
           AND e.ordinal >= %(first)s AND e.ordinal < %(below)s
           AND e.kind = ANY (%(wanted)s)) AS w;

-- name: place_codes
-- Codes of a site's buildings and storeys.
SELECT e.id, e.code
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE c.site_id = %(site_id)s AND e.kind IN ('building', 'storey');

-- name: codes
SELECT e.ordinal, e.code
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE c.site_id = %(site_id)s AND e.code IS NOT NULL
   AND e.ordinal >= %(first)s AND e.ordinal < %(below)s
   AND e.kind = ANY (%(wanted)s);

-- name: room_ordinals
-- Rooms that have a body, by the integer that tiles and textures know.
SELECT e.code, e.ordinal
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
 WHERE c.site_id = %(site_id)s AND e.kind = 'room' AND e.code IS NOT NULL
 ORDER BY e.ordinal;

-- name: find_ordinal
SELECT e.id, e.kind
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.ordinal = %(ordinal)s
   AND c.site_id = %(site_id)s
   AND e.revision_id <= %(revision)s;

-- name: search
-- Best first: the code itself, codes that begin so, door numbers, names.
WITH found AS (
  SELECT e.id, CASE WHEN e.code = %(code)s THEN 0 ELSE 1 END AS place, 'code' AS why
    FROM fangma.entry AS e, unnest(%(first)s::text[], %(last)s::text[]) AS begin (first, last)
   WHERE e.code BETWEEN begin.first AND begin.last AND e.revision_id <= %(revision)s
   UNION ALL
  SELECT s.entry_id,
         CASE WHEN lower(s.number) = lower(%(q)s) THEN 2
              WHEN s.number ILIKE %(begins)s THEN 3
              WHEN s.number ILIKE %(within)s THEN 5
              WHEN lower(s.name) = lower(%(q)s) THEN 4
              WHEN s.name ILIKE %(begins)s THEN 5
              ELSE 6 END,
         CASE WHEN s.number ILIKE %(within)s THEN 'number' ELSE 'name' END
    FROM fangma.state AS s
   WHERE fangma.grams(s.name, s.number) @> fangma.grams(%(q)s, NULL)
     AND s.coded
     AND (s.number ILIKE %(within)s OR s.name ILIKE %(within)s)
     AND s.valid @> %(at)s AND s.recorded @> %(known)s),
best AS (
  SELECT DISTINCT ON (f.id) f.id, f.place, f.why
    FROM found AS f
   ORDER BY f.id, f.place)
SELECT e.code, e.kind, s.name, s.number, b.code AS building, f.code AS storey, e.ordinal, best.why
  FROM best
  JOIN fangma.entry AS e ON e.id = best.id
  JOIN fangma.scope AS c ON c.id = e.scope_id
  LEFT JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s)
   AND (s.entry_id IS NOT NULL OR best.place = 0)
 ORDER BY best.place,
       char_length(CASE best.why WHEN 'number' THEN s.number WHEN 'name' THEN s.name END), e.code
 LIMIT %(limit)s;
