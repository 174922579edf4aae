-- An import taken back: what it said is no longer held, what it closed is held again.

-- name: find_import
-- The newest import of a file name, or the one of a revision.
SELECT v.id, v.model_id, v.revision_id, v.file, v.sha256, v.current, v.model_before, m.site_id, m.kind,
       r.action, r.recorded_at, e.code AS site
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.revision AS r ON r.id = v.revision_id
  JOIN fangma.entry AS e ON e.id = m.site_id
 WHERE (v.revision_id = %(revision)s OR (%(revision)s::bigint IS NULL AND v.file = %(file)s))
   AND (%(site_id)s::uuid IS NULL OR m.site_id = %(site_id)s)
 ORDER BY v.current DESC, v.revision_id DESC
 LIMIT 1;

-- name: revisions_of_model
-- Every revision of a model, newest first; `undone` is what a rollback took back.
SELECT v.id, v.revision_id, v.file, v.current, (r.detail ->> 'undone')::bigint AS undone
  FROM fangma.model_revision AS v
  JOIN fangma.revision AS r ON r.id = v.revision_id
 WHERE v.model_id = %(model_id)s
 ORDER BY v.revision_id DESC;

-- name: tables
SELECT name FROM fangma.fact_table ORDER BY name;

-- name: facts_after
SELECT subject, revision FROM fangma.facts_after(%(table)s, %(span)s);

-- name: later_lineage
SELECT DISTINCT l.revision_id
  FROM fangma.lineage AS l
 WHERE l.revision_id > %(undone)s AND l.revision_id <> ALL (%(span)s) AND l.undone_by IS NULL
   AND (l.predecessor_id IN (SELECT id FROM fangma.entry WHERE revision_id = ANY (%(span)s))
        OR l.successor_id IN (SELECT id FROM fangma.entry WHERE revision_id = ANY (%(span)s))
        OR l.predecessor_id IN (SELECT entry_id FROM fangma.state WHERE closed_by = ANY (%(span)s)));

-- name: later_orders
-- Work orders and rounds of things that the import brought in.
SELECT o.revision_id
  FROM fangma.work_order AS o
  JOIN fangma.entry AS e ON e.id = o.entry_id
 WHERE e.revision_id = ANY (%(span)s)
 UNION
SELECT p.revision_id
  FROM fangma.round_stop AS s
  JOIN fangma.round_plan AS p ON p.id = s.plan_id
  JOIN fangma.entry AS e ON e.id = s.entry_id
 WHERE e.revision_id = ANY (%(span)s);

-- name: decided_reviews
SELECT r.id, r.decision, r.decided_by
  FROM fangma.review AS r
 WHERE r.model_revision_id = ANY (%(ids)s) AND r.decision IS NOT NULL AND r.withdrawn_by IS NULL;

-- name: others_of_revision
-- Sources of other models that name things which the import brought in.
SELECT DISTINCT v.file, v.revision_id
  FROM fangma.source AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.model_revision AS v ON v.id = s.since_id
 WHERE e.revision_id = ANY (%(span)s) AND s.until_id IS NULL AND s.model_id <> %(model_id)s;

-- name: told_revisions
SELECT id, recorded_at, actor, action, reason
  FROM fangma.revision
 WHERE id = ANY (%(ids)s)
 ORDER BY id;

-- name: undo_facts
SELECT fangma.undo_facts(%(table)s, %(span)s, %(recorded_at)s, %(revision)s);

-- name: undo_lineage
UPDATE fangma.lineage
   SET undone_by = %(revision)s
 WHERE revision_id = ANY (%(span)s) AND undone_by IS NULL;

-- name: withdraw_reviews
UPDATE fangma.review
   SET withdrawn_by = %(revision)s
 WHERE model_revision_id = ANY (%(ids)s) AND decision IS NULL;

-- name: before
-- What the model's newest revision was before the import, if there was one.
SELECT v.id, v.file, v.sha256, v.size, v.schema, v.application, v.written_at, v.report
  FROM fangma.model_revision AS v
 WHERE v.model_id = %(model_id)s AND v.revision_id < %(undone)s
 ORDER BY v.revision_id DESC
 LIMIT 1;

-- name: retire_model_revision
UPDATE fangma.model_revision
   SET current = false
 WHERE model_id = %(model_id)s AND current;

-- name: repeat_model_revision
-- The file of before holds again, from this revision on.
INSERT INTO fangma.model_revision (
  id, model_id, revision_id, file, sha256, size, schema, application, written_at, current, report,
  model_before)
SELECT %(new)s, model_id, %(revision)s, file, sha256, size, schema, application, written_at, true,
       report || jsonb_build_object('rolled_back', %(undone)s), model_before
  FROM fangma.model_revision
 WHERE id = %(before)s;

-- name: close_sources
UPDATE fangma.source
   SET until_id = %(until)s
 WHERE since_id = ANY (%(ids)s) AND until_id IS NULL;

-- name: reopen_sources
INSERT INTO fangma.source (
  entry_id, scope_id, model_id, since_id, guid, step_key, fingerprint, properties)
SELECT entry_id, scope_id, model_id, %(new)s, guid, step_key, fingerprint, properties
  FROM fangma.source
 WHERE until_id = ANY (%(ids)s) AND since_id <> ALL (%(ids)s);

-- name: restore_model
UPDATE fangma.model AS m
   SET building_ids = b.building_ids, building_guids = b.building_guids, project_guid = b.project_guid,
       project_name = b.project_name, placement = b.placement, georeferenced = b.georeferenced,
       outlines = b.outlines
  FROM jsonb_populate_record(NULL::fangma.model, %(before)s) AS b
 WHERE m.id = %(model_id)s;

-- name: retire_tiles
UPDATE fangma.tile
   SET retired_by = %(revision)s
 WHERE revision_id = ANY (%(span)s) AND model_id = %(model_id)s AND retired_by IS NULL;

-- name: tiles_of_before
SELECT hash, plain_hash
  FROM fangma.tile
 WHERE retired_by = ANY (%(span)s) AND revision_id <> ALL (%(span)s)
   AND model_id = %(model_id)s;

-- name: later_tiles
-- Tiles that were written anew since (a room was marked secret, or cleared).
SELECT DISTINCT revision_id
  FROM fangma.tile
 WHERE model_id = %(model_id)s
   AND (revision_id > %(undone)s AND revision_id <> ALL (%(span)s)
        OR retired_by > %(undone)s AND retired_by <> ALL (%(span)s));

-- name: restore_tiles
INSERT INTO fangma.tile (
  scope_id, site_id, building_id, storey_id, model_id, discipline, level, part, visibility, hash,
  plain_hash, bytes, plain_bytes, box, matrix, geometric_error, elements, triangles, draws,
  revision_id)
SELECT scope_id, site_id, building_id, storey_id, model_id, discipline, level, part, visibility, hash,
       plain_hash, bytes, plain_bytes, box, matrix, geometric_error, elements, triangles, draws,
       %(revision)s
  FROM fangma.tile
 WHERE retired_by = ANY (%(span)s) AND revision_id <> ALL (%(span)s)
   AND model_id = %(model_id)s;

-- name: restore_scopes
-- Access control follows the building that a thing is in again; nothing becomes less secret.
UPDATE fangma.entry AS e
   SET scope_id = target.id
  FROM fangma.state AS s, fangma.scope AS c, fangma.scope AS target
 WHERE s.revision_id = %(revision)s AND upper_inf(s.recorded) AND upper_inf(s.valid)
   AND e.id = s.entry_id AND c.id = e.scope_id AND s.building_id IS NOT NULL
   AND c.part = 'building' AND c.building_id <> s.building_id
   AND target.site_id = c.site_id AND target.building_id = s.building_id
   AND target.part = 'building' AND target.secret = c.secret
   AND e.kind NOT IN ('site', 'building', 'storey');

-- name: point_streams
-- What a stream watches now, after its binding came back.
UPDATE fangma.stream AS s
   SET entry_id = b.entry_id, scope_id = e.scope_id
  FROM fangma.binding AS b
  JOIN fangma.entry AS e ON e.id = b.entry_id
 WHERE b.stream_id = s.id AND b.revision_id = %(revision)s
   AND upper_inf(b.recorded) AND b.valid @> %(recorded_at)s::timestamptz;
