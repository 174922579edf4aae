-- How a change set is carried out: stage, lock, give codes, close what is superseded, add, record.

-- name: make_staging
-- Kept for the life of the connection, emptied at every commit.
CREATE TEMP TABLE IF NOT EXISTS staged_entry (
  id uuid, kind text, site_id uuid, building_id uuid, part text, secret boolean) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_code (id uuid PRIMARY KEY, code text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_state (
  entry_id uuid, name text, number text, building_id uuid, storey_id uuid, use text, system text,
  ifc_class text, predefined_type text, elevation_m double precision, inferred boolean)
  ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_shape (
  entry_id uuid, footprint geometry, axis geometry, extent geometry, floor_z double precision,
  ceiling_z double precision, area_m2 double precision, volume_m3 double precision, method text,
  declared jsonb, inner_diameter_m double precision, outer_diameter_m double precision, kernel text,
  mesh_hash text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_source (
  entry_id uuid, guid text, step_key bigint, fingerprint text, properties jsonb)
  ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_retired (entry_id uuid) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_superseded (entry_id uuid) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS staged_move (
  entry_id uuid, building_id uuid, secret boolean) ON COMMIT DELETE ROWS;
TRUNCATE staged_entry, staged_code, staged_state, staged_shape, staged_source, staged_retired,
  staged_superseded, staged_move;

-- name: copy_entries
COPY staged_entry (id, kind, site_id, building_id, part, secret) FROM STDIN;

-- name: copy_codes
COPY staged_code (id, code) FROM STDIN;

-- name: copy_states
COPY staged_state (entry_id, name, number, building_id, storey_id, use, system, ifc_class,
  predefined_type, elevation_m, inferred) FROM STDIN;

-- name: copy_shapes
COPY staged_shape (entry_id, footprint, axis, extent, floor_z, ceiling_z, area_m2, volume_m3, method,
  declared, inner_diameter_m, outer_diameter_m, kernel, mesh_hash) FROM STDIN;

-- name: copy_sources
COPY staged_source (entry_id, guid, step_key, fingerprint, properties) FROM STDIN;

-- name: copy_retired
COPY staged_retired (entry_id) FROM STDIN;

-- name: copy_superseded
COPY staged_superseded (entry_id) FROM STDIN;

-- name: copy_moves
COPY staged_move (entry_id, building_id, secret) FROM STDIN;

-- name: analyze_staging
-- Without it the planner takes every staged table for a small one.
ANALYZE staged_entry, staged_state (entry_id), staged_shape (entry_id),
  staged_source (entry_id), staged_retired, staged_superseded, staged_move;

-- name: analyze_codes
ANALYZE staged_code;

-- name: lock_recording
SELECT fangma.lock_recording();

-- name: plan_checks_once
-- For the rest of the transaction. A foreign key is checked row by row; planned for each row by its
-- values, the check of a new building's entries would walk over all of them every time: the
-- statistics do not know its scope yet and promise that nothing is in it.
SET LOCAL plan_cache_mode = force_generic_plan;

-- name: stamp
-- Later than every revision before it, whatever the clock did meanwhile.
SELECT nextval('fangma.revision_id') AS id,
       greatest(clock_timestamp(),
                (SELECT max(recorded_at) FROM fangma.revision) + interval '1 microsecond')
         AS recorded_at;

-- name: codes_of
SELECT id, code
  FROM fangma.entry
 WHERE id = ANY (%(ids)s);

-- name: parts_given
SELECT part
  FROM fangma.code_part
 WHERE prefix = %(prefix)s;

-- name: give_parts
INSERT INTO fangma.code_part (prefix, part)
SELECT prefix, part
  FROM unnest(%(prefixes)s::text[], %(parts)s::text[]) AS given (prefix, part);

-- name: last_serial
SELECT last
  FROM fangma.code_serial
 WHERE prefix = %(prefix)s;

-- name: give_serials
INSERT INTO fangma.code_serial (prefix, last)
VALUES (%(prefix)s, %(last)s)
ON CONFLICT (prefix) DO UPDATE SET last = excluded.last;

-- name: add_scopes
-- Of the new entries, and of those that move to another building or change their secrecy.
INSERT INTO fangma.scope (site_id, building_id, part, secret)
SELECT DISTINCT site_id, building_id, part, secret
  FROM staged_entry
 UNION
SELECT c.site_id, coalesce(m.building_id, c.building_id),
       CASE WHEN m.building_id IS NULL THEN c.part ELSE 'building' END,
       coalesce(m.secret, c.secret)
  FROM staged_move AS m
  JOIN fangma.entry AS e ON e.id = m.entry_id
  JOIN fangma.scope AS c ON c.id = e.scope_id
ON CONFLICT DO NOTHING;

-- name: add_entries
INSERT INTO fangma.entry (id, code, kind, scope_id, revision_id)
SELECT n.id, k.code, n.kind, c.id, %(revision)s
  FROM staged_entry AS n
  JOIN fangma.scope AS c
    ON c.site_id = n.site_id AND c.part = n.part AND c.secret = n.secret
   -- A scope without a building; "IS NOT DISTINCT FROM" could not be hashed.
   AND coalesce(c.building_id, c.site_id) = coalesce(n.building_id, n.site_id)
  LEFT JOIN staged_code AS k ON k.id = n.id
 ORDER BY n.id;

-- name: move_entries
UPDATE fangma.entry AS e
   SET scope_id = target.id
  FROM staged_move AS m, fangma.scope AS c, fangma.scope AS target
 WHERE e.id = m.entry_id
   AND c.id = e.scope_id
   AND target.site_id = c.site_id
   AND target.building_id IS NOT DISTINCT FROM coalesce(m.building_id, c.building_id)
   AND target.part = CASE WHEN m.building_id IS NULL THEN c.part ELSE 'building' END
   AND target.secret = coalesce(m.secret, c.secret);

-- name: close_states
-- Whatever a changed or retired entry was held to be from `valid` on is no longer held; what of it
-- lies before or after stays held.
WITH closed AS (
  UPDATE fangma.state AS s
     SET recorded = tstzrange(lower(s.recorded), %(recorded_at)s), closed_by = %(revision)s
    FROM (SELECT entry_id FROM staged_state
          UNION ALL SELECT entry_id FROM staged_retired) AS touched
   WHERE s.entry_id = touched.entry_id AND upper_inf(s.recorded) AND s.valid && %(valid)s
  RETURNING s.*)
INSERT INTO fangma.state (
  entry_id, scope_id, valid, recorded, revision_id, name, number, building_id, storey_id, use,
  system, ifc_class, predefined_type, elevation_m, inferred, coded)
SELECT entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s, name,
       number, building_id, storey_id, use, system, ifc_class, predefined_type, elevation_m,
       inferred, coded
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_states
INSERT INTO fangma.state (
  entry_id, scope_id, valid, recorded, revision_id, name, number, building_id, storey_id, use,
  system, ifc_class, predefined_type, elevation_m, inferred, coded)
SELECT n.entry_id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s, n.name,
       n.number, n.building_id, n.storey_id, n.use, n.system, n.ifc_class, n.predefined_type,
       n.elevation_m, n.inferred, e.code IS NOT NULL
  FROM staged_state AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
 ORDER BY n.entry_id;

-- name: close_shapes
WITH closed AS (
  UPDATE fangma.shape AS s
     SET recorded = tstzrange(lower(s.recorded), %(recorded_at)s), closed_by = %(revision)s
    FROM staged_shape AS touched
   WHERE s.entry_id = touched.entry_id AND upper_inf(s.recorded) AND s.valid && %(valid)s
  RETURNING s.*)
INSERT INTO fangma.shape (
  entry_id, scope_id, valid, recorded, revision_id, footprint, axis, extent, floor_z, ceiling_z,
  area_m2, volume_m3, method, declared, inner_diameter_m, outer_diameter_m, kernel, mesh_hash)
SELECT entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s,
       footprint, axis, extent, floor_z, ceiling_z, area_m2, volume_m3, method, declared,
       inner_diameter_m, outer_diameter_m, kernel, mesh_hash
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: add_shapes
INSERT INTO fangma.shape (
  entry_id, scope_id, valid, recorded, revision_id, footprint, axis, extent, floor_z, ceiling_z,
  area_m2, volume_m3, method, declared, inner_diameter_m, outer_diameter_m, kernel, mesh_hash)
SELECT n.entry_id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s,
       ST_Multi(ST_SetSRID(ST_Force2D(n.footprint), 0)), ST_SetSRID(ST_Force3DZ(n.axis), 0),
       n.extent, n.floor_z, n.ceiling_z, n.area_m2, n.volume_m3, n.method, n.declared,
       n.inner_diameter_m, n.outer_diameter_m, n.kernel, n.mesh_hash
  FROM staged_shape AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
 ORDER BY n.entry_id;

-- name: add_model
INSERT INTO fangma.model (
  id, site_id, building_ids, kind, discipline, project_guid, building_guids, name, project_name,
  placement, georeferenced, outlines)
VALUES (%(model_id)s, %(site_id)s, %(building_ids)s, %(kind)s, %(discipline)s, %(project_guid)s,
        %(building_guids)s, %(name)s, %(project_name)s, %(placement)s, %(georeferenced)s,
        %(outlines)s);

-- name: extend_model
-- A revision may bring in a building more; that of an older one stays.
UPDATE fangma.model
   SET building_ids = ARRAY(SELECT unnest(building_ids) UNION SELECT unnest(%(building_ids)s::uuid[])),
       building_guids =
         ARRAY(SELECT unnest(building_guids) UNION SELECT unnest(%(building_guids)s::text[])),
       project_guid = %(project_guid)s, project_name = %(project_name)s,
       placement = coalesce(%(placement)s, placement), georeferenced = %(georeferenced)s, outlines = %(outlines)s
 WHERE id = %(model_id)s;

-- name: retire_model_revision
UPDATE fangma.model_revision
   SET current = false
 WHERE model_id = %(model_id)s AND current;

-- name: add_model_revision
INSERT INTO fangma.model_revision (
  id, model_id, revision_id, file, sha256, size, schema, application, written_at, current, report,
  model_before)
VALUES (%(id)s, %(model_id)s, %(revision)s, %(file)s, %(sha256)s, %(size)s, %(schema)s,
        %(application)s, %(written_at)s, true, %(report)s, %(model_before)s);

-- name: model_now
-- The model's own columns, kept with the revision that is about to change them.
SELECT to_jsonb(m) FROM fangma.model AS m WHERE m.id = %(model_id)s;

-- name: close_sources
UPDATE fangma.source AS s
   SET until_id = %(id)s
  FROM staged_superseded AS n
 WHERE s.entry_id = n.entry_id AND s.model_id = %(model_id)s AND s.until_id IS NULL;

-- name: add_sources
INSERT INTO fangma.source (
  entry_id, scope_id, model_id, since_id, guid, step_key, fingerprint, properties)
SELECT n.entry_id, e.scope_id, %(model_id)s, %(id)s, n.guid, n.step_key, n.fingerprint, n.properties
  FROM staged_source AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
 ORDER BY n.entry_id;

-- name: add_lineage
INSERT INTO fangma.lineage (
  predecessor_id, successor_id, kind, at, area_share, reason, document, revision_id)
VALUES (%(predecessor_id)s, %(successor_id)s, %(kind)s, %(at)s, %(area_share)s, %(reason)s,
        %(document)s, %(revision)s);

-- name: add_revision
INSERT INTO fangma.revision (id, recorded_at, actor, action, reason, document, detail)
VALUES (%(id)s, %(recorded_at)s, %(actor)s, %(action)s, %(reason)s, %(document)s, %(detail)s);

-- name: refresh_statistics
-- After much was added: until autovacuum comes by, the planner would take the tables for small.
SELECT fangma.refresh_statistics();

-- name: refresh_network_statistics
SELECT fangma.refresh_network_statistics();

-- name: refresh_occupation_statistics
SELECT fangma.refresh_occupation_statistics();

-- name: check_now
-- What is checked at commit is checked here, where the error can still be told in words.
SET CONSTRAINTS ALL IMMEDIATE;

-- name: check_later
-- A second revision of one transaction: its row is written last, too.
SET CONSTRAINTS ALL DEFERRED;
