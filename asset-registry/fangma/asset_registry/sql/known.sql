-- What the registry knows that a file may speak of. Current facts only: an import adds to now.

-- name: site_by_code
-- The site that a user named; by its code.
SELECT e.id, e.code, s.name, s.epsg, s.origin, s.latitude, s.longitude
  FROM fangma.entry AS e
  JOIN fangma.site AS s ON s.entry_id = e.id
 WHERE e.kind = 'site' AND e.code = %(code)s

-- name: sites
-- All sites, in the order of their codes.
SELECT e.id, e.code, s.name, s.epsg, s.origin, s.latitude, s.longitude
  FROM fangma.entry AS e
  JOIN fangma.site AS s ON s.entry_id = e.id
 WHERE e.kind = 'site'
 ORDER BY e.code

-- name: settle_site
-- The first georeferenced model decides what the user left open.
UPDATE fangma.site
   SET epsg = coalesce(epsg, %(epsg)s), origin = %(origin)s,
       latitude = coalesce(latitude, %(latitude)s), longitude = coalesce(longitude, %(longitude)s)
 WHERE entry_id = %(site_id)s

-- name: has_models
-- Whether anything was ever imported into a site; until then its origin may be chosen.
-- Tables of the people side have no place.
SELECT EXISTS (SELECT FROM fangma.model
                WHERE site_id = %(site_id)s AND kind IN ('ifc', 'survey'))

-- name: lock_site
-- One import at a time a site; held by the session, not the transaction.
SELECT pg_advisory_lock(hashtextextended(%(site_id)s::text, 0))

-- name: unlock_site
SELECT pg_advisory_unlock(hashtextextended(%(site_id)s::text, 0))

-- name: current_revision_of_bytes
-- The current revision of a model with exactly these bytes.
SELECT r.id, r.model_id, r.report
  FROM fangma.model_revision AS r
  JOIN fangma.model AS m ON m.id = r.model_id
 WHERE m.site_id = %(site_id)s AND r.sha256 = %(sha256)s AND r.current
 LIMIT 1

-- name: models
-- The models of a site. Of those of the file's discipline, how many elements they have and how many
-- the file shares by GlobalId or fingerprint: no other can be the one that it is an export of. All
-- sources are read, but the few that do not count are left out by the index of kinds: at a million
-- elements to join every entry for its kind takes longer than all the rest.
WITH mine AS (
  SELECT x.model_id, count(*) AS elements,
         count(*) FILTER (WHERE x.guid) AS shared_guids,
         count(*) FILTER (WHERE x.guid OR x.content) AS shared
    FROM (SELECT s.model_id, coalesce(s.guid = ANY (%(guids)s), false) AS guid,
                 s.fingerprint = ANY (%(fingerprints)s) AS content
            FROM fangma.source AS s
            JOIN fangma.model AS m ON m.id = s.model_id
           WHERE m.site_id = %(site_id)s AND m.discipline = %(discipline)s AND s.until_id IS NULL
             AND NOT EXISTS (SELECT FROM fangma.entry AS e
                              WHERE e.id = s.entry_id AND e.kind = ANY (%(uncounted)s))
          OFFSET 0) AS x
   GROUP BY x.model_id)
SELECT m.id, r.id AS revision, r.file, m.discipline, m.project_guid, m.project_name, m.building_guids,
       m.building_ids, m.placement, m.georeferenced, m.outlines,
       coalesce(mine.elements, 0) AS elements, 
       coalesce(mine.shared_guids, 0) AS shared_guids, coalesce(mine.shared, 0) AS shared
  FROM fangma.model AS m
  JOIN fangma.model_revision AS r ON r.model_id = m.id AND r.current
  LEFT JOIN mine ON mine.model_id = m.id
 WHERE m.site_id = %(site_id)s AND m.kind = 'ifc'
 ORDER BY m.id

-- name: model_sharing
-- The model that shares the most GlobalIds with a file, and of how many elements.
SELECT shared.model_id, r.id AS revision, shared.guids,
       (SELECT count(*) FROM fangma.source AS s
         WHERE s.model_id = shared.model_id AND s.until_id IS NULL) AS elements
  FROM (SELECT s.model_id, count(*) AS guids
          FROM unnest(%(guids)s::text[]) AS g (guid)
          -- One look into the index each: the planner takes a policy for a filter that leaves little
          -- and would rather read the whole table.
         CROSS JOIN LATERAL (SELECT o.model_id FROM fangma.source AS o
                              WHERE o.guid = g.guid AND o.until_id IS NULL
                             OFFSET 0) AS s
         GROUP BY s.model_id) AS shared
  JOIN fangma.model AS m ON m.id = shared.model_id
  JOIN fangma.model_revision AS r ON r.model_id = m.id AND r.current
 WHERE m.site_id = %(site_id)s AND m.kind = 'ifc'
 ORDER BY shared.guids DESC, m.id
 LIMIT 1

-- name: revisions_of_model
-- Every file that was imported of a model, newest first.
SELECT r.file, r.sha256, r.written_at, r.current
  FROM fangma.model_revision AS r
 WHERE r.model_id = %(model_id)s
 ORDER BY r.revision_id DESC

-- name: buildings
-- The buildings of a site, with every GlobalId that a current source gives them.
SELECT e.id, e.code, coalesce(t.name, '') AS name,
       coalesce(array_agg(s.guid) FILTER (WHERE s.guid IS NOT NULL), '{}') AS guids
  FROM fangma.entry AS e
  JOIN fangma.scope AS p ON p.id = e.scope_id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.source AS s ON s.entry_id = e.id AND s.until_id IS NULL
 WHERE p.site_id = %(site_id)s AND e.kind = 'building'
 GROUP BY e.id, e.code, t.name
 ORDER BY e.code

-- name: storeys
-- Their storeys; heights in the site's CRS.
SELECT e.id, e.code, t.building_id, coalesce(t.name, '') AS name, coalesce(t.elevation_m, 0) AS elevation_m,
       coalesce(array_agg(s.guid) FILTER (WHERE s.guid IS NOT NULL), '{}') AS guids
  FROM fangma.entry AS e
  JOIN fangma.scope AS p ON p.id = e.scope_id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.source AS s ON s.entry_id = e.id AND s.until_id IS NULL
 WHERE p.site_id = %(site_id)s AND e.kind = 'storey'
 GROUP BY e.id, e.code, t.building_id, t.name, t.elevation_m
 ORDER BY e.code

-- name: entries_of_model
-- What the newest revision of a model holds, with its current facts.
SELECT e.id AS entry_id, e.code, e.kind, s.guid, s.fingerprint,
       t.name, t.number, t.building_id, t.storey_id, t.use, t.system, t.ifc_class,
       t.predefined_type, t.elevation_m, t.inferred,
       ST_AsBinary(h.footprint) AS footprint, ST_AsBinary(h.axis) AS axis,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
               ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent,
       h.area_m2, h.volume_m3, nullif(h.declared, '[]') AS declared, h.outer_diameter_m, h.mesh_hash
  FROM fangma.source AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
 WHERE s.model_id = %(model_id)s AND s.until_id IS NULL
   AND e.kind NOT IN ('site', 'building', 'storey')
 ORDER BY e.ordinal

-- name: boxes_of_model
-- The same in columns, as far as it takes to lay a file on it: one row, for a message a thing takes
-- longer than to find it. Boxes are six numbers each, NaN without a body.
SELECT array_agg(x.kind) AS kinds, array_agg(coalesce(x.ifc_class, '')) AS classes,
       array_agg(x.number) AS numbers, array_agg(x.name) AS names,
       string_agg(
         float8send(coalesce(ST_XMin(x.extent), 'NaN')) || float8send(coalesce(ST_YMin(x.extent), 'NaN'))
         || float8send(coalesce(ST_ZMin(x.extent), 'NaN')) || float8send(coalesce(ST_XMax(x.extent), 'NaN'))
         || float8send(coalesce(ST_YMax(x.extent), 'NaN')) || float8send(coalesce(ST_ZMax(x.extent), 'NaN')),
         '') AS boxes
  FROM (SELECT e.kind, t.ifc_class, t.number, t.name, h.extent
          FROM fangma.source AS s
          JOIN fangma.entry AS e ON e.id = s.entry_id
          JOIN fangma.state AS t
            ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
          LEFT JOIN fangma.shape AS h
            ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
         WHERE s.model_id = %(model_id)s AND s.until_id IS NULL
           AND e.kind NOT IN ('site', 'building', 'storey')
         ORDER BY e.ordinal) AS x;

-- name: decided_of_model
-- What the newest revision of a model shows and people have divided or joined since: as it last was.
SELECT e.id AS entry_id, e.code, e.kind, s.guid, s.fingerprint,
       t.name, t.number, t.building_id, t.storey_id, t.use, t.system, t.ifc_class,
       t.predefined_type, t.elevation_m, t.inferred,
       ST_AsBinary(h.footprint) AS footprint, ST_AsBinary(h.axis) AS axis,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
               ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent,
       h.area_m2, h.volume_m3, h.declared, h.outer_diameter_m, h.mesh_hash
  FROM fangma.source AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
 CROSS JOIN LATERAL (
    SELECT x.* FROM fangma.state AS x WHERE x.entry_id = e.id
     ORDER BY upper_inf(x.recorded) DESC, lower(x.valid) DESC NULLS LAST LIMIT 1) AS t
  LEFT JOIN LATERAL (
    SELECT x.* FROM fangma.shape AS x WHERE x.entry_id = e.id
     ORDER BY upper_inf(x.recorded) DESC, lower(x.valid) DESC NULLS LAST LIMIT 1) AS h ON true
 WHERE s.model_id = %(model_id)s AND s.until_id IS NULL
   AND NOT (upper_inf(t.recorded) AND upper_inf(t.valid))
   AND EXISTS (SELECT FROM fangma.lineage AS l
                WHERE l.predecessor_id = e.id AND l.undone_by IS NULL)
 ORDER BY e.ordinal

-- name: heirs_of_model
-- What those became, as far as the model does not show it itself.
WITH RECURSIVE line AS (
  SELECT l.predecessor_id AS ancestor, l.successor_id AS id
    FROM fangma.lineage AS l
   WHERE l.predecessor_id = ANY (%(ids)s) AND l.undone_by IS NULL
   UNION
  SELECT line.ancestor, l.successor_id
    FROM line JOIN fangma.lineage AS l ON l.predecessor_id = line.id AND l.undone_by IS NULL)
SELECT DISTINCT e.id AS entry_id, e.code, e.kind, NULL::text AS guid, '' AS fingerprint,
       t.name, t.number, t.building_id, t.storey_id, t.use, t.system, t.ifc_class,
       t.predefined_type, t.elevation_m, t.inferred,
       ST_AsBinary(h.footprint) AS footprint, ST_AsBinary(h.axis) AS axis,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
               ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent,
       h.area_m2, h.volume_m3, h.declared, h.outer_diameter_m, h.mesh_hash
  FROM line
  JOIN fangma.entry AS e ON e.id = line.id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
 WHERE NOT EXISTS (SELECT FROM fangma.source AS s
                    WHERE s.entry_id = e.id AND s.until_id IS NULL AND s.model_id = %(model_id)s)

-- name: entries_of_others
-- What other models brought in of these buildings, to be confirmed by this one: every room, and
-- whatever has one of its GlobalIds.
SELECT e.id AS entry_id, e.code, e.kind, s.guid, coalesce(s.fingerprint, '') AS fingerprint,
       t.name, t.number, t.building_id, t.storey_id, t.use, t.system, t.ifc_class,
       t.predefined_type, t.elevation_m, t.inferred,
       ST_AsBinary(h.footprint) AS footprint, NULL::bytea AS axis,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[ST_XMin(h.extent), ST_YMin(h.extent), ST_ZMin(h.extent),
               ST_XMax(h.extent), ST_YMax(h.extent), ST_ZMax(h.extent)] END AS extent,
       h.area_m2, h.volume_m3, h.declared, h.outer_diameter_m, h.mesh_hash
  FROM fangma.entry AS e
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
  LEFT JOIN LATERAL (SELECT o.guid, o.fingerprint FROM fangma.source AS o
                      WHERE o.entry_id = e.id AND o.until_id IS NULL
                      ORDER BY o.guid = ANY (%(guids)s) DESC NULLS LAST LIMIT 1) AS s ON true
 WHERE e.kind NOT IN ('site', 'building', 'storey')
   AND t.building_id = ANY (%(building_ids)s)
   AND (e.kind = 'room' OR s.guid = ANY (%(guids)s))
   AND NOT EXISTS (SELECT FROM fangma.source AS own
                    WHERE own.entry_id = e.id AND own.until_id IS NULL
                      AND own.model_id = %(model_id)s)
 ORDER BY e.ordinal

-- name: places_of_model
-- Buildings and storeys with a current source in this model: their GlobalIds as last seen.
SELECT s.entry_id, s.guid, s.fingerprint
  FROM fangma.source AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
 WHERE s.model_id = %(model_id)s AND s.until_id IS NULL AND e.kind IN ('building', 'storey')

-- name: numbers_of_entries
-- The integers and codes under which tiles know entries.
SELECT e.id, e.ordinal, coalesce(e.code, '') AS code
  FROM fangma.entry AS e
 WHERE e.id = ANY (%(ids)s)

-- name: secret_entries
-- Which of these entries are 涉密.
SELECT e.id
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.id = ANY (%(ids)s) AND c.secret

-- name: tiles_of_model
-- What the tileset points at now of one model.
SELECT id, building_id, storey_id, discipline, level, part, visibility, hash, plain_hash, matrix
  FROM fangma.tile
 WHERE model_id = %(model_id)s AND retired_by IS NULL
 ORDER BY id

-- name: models_showing
-- The models whose newest revision holds an entry, with where they lie in their site.
SELECT m.id, m.site_id, m.discipline, m.placement, r.id AS revision, t.origin
  FROM fangma.source AS s
  JOIN fangma.model AS m ON m.id = s.model_id
  JOIN fangma.model_revision AS r ON r.model_id = m.id AND r.current
  JOIN fangma.site AS t ON t.entry_id = m.site_id
  JOIN fangma.entry AS e ON e.id = s.entry_id
 WHERE e.code = %(code)s AND s.until_id IS NULL AND cardinality(m.placement) = 16
 ORDER BY m.id

-- name: shown_entries
-- Entries as tiles show them now.
SELECT e.id, e.kind, t.ifc_class, t.predefined_type, t.building_id, t.storey_id
  FROM fangma.entry AS e
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
 WHERE e.id = ANY (%(ids)s)
