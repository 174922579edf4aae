-- What a viewer needs of everything that has a body, and how things are found by what people type.

-- name: room_to_join
-- Half a million entries, states and shapes are joined in memory rather than through files.
SELECT set_config('work_mem', '128MB', true);

-- name: features
-- Everything with a body, as of a moment: one row, a column of fixed-width binary values each, all in
-- the same order. A row an element would cost a message each, three times the work.
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
 WHERE c.site_id = %(site_id)s AND h.extent IS NOT NULL;

-- name: words
-- The words behind the hashes of `features`.
SELECT DISTINCT hash_record_extended(ROW(s.ifc_class, s.predefined_type, s.use, s.system), 0) AS hash,
       coalesce(s.ifc_class, '') AS ifc_class, coalesce(s.predefined_type, '') AS predefined_type,
       coalesce(s.use, '') AS use, coalesce(s.system, '') AS system
  FROM fangma.state AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s;

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
 WHERE c.site_id = %(site_id)s AND e.code IS NOT NULL;

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
