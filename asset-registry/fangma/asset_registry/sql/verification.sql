-- What must always be true of the registry; each query gives what breaks it, nothing when all is well.

-- name: state_overlaps
SELECT e.code, e.ordinal
  FROM (SELECT s.entry_id,
               s.valid && lag(s.valid) OVER (PARTITION BY s.entry_id ORDER BY s.valid) AS clashes
          FROM fangma.state AS s
         WHERE upper_inf(s.recorded)) AS o
  JOIN fangma.entry AS e ON e.id = o.entry_id
 WHERE o.clashes
 LIMIT 20;

-- name: shape_overlaps
SELECT e.code, e.ordinal
  FROM (SELECT s.entry_id,
               s.valid && lag(s.valid) OVER (PARTITION BY s.entry_id ORDER BY s.valid) AS clashes
          FROM fangma.shape AS s
         WHERE upper_inf(s.recorded)) AS o
  JOIN fangma.entry AS e ON e.id = o.entry_id
 WHERE o.clashes
 LIMIT 20;

-- name: holding_overlaps
-- The people side: what is held of a unit, of a person, or of a room and who holds it.
SELECT o.fact, o.subject
  FROM (SELECT f.fact, f.subject,
               f.valid && lag(f.valid) OVER (PARTITION BY f.fact, f.subject ORDER BY f.valid) AS clashes
          FROM (SELECT 'unit' AS fact, unit_id::text AS subject, valid, recorded
                  FROM fangma.unit_state
                 UNION ALL SELECT 'post', person_id::text, valid, recorded FROM fangma.post
                 UNION ALL SELECT 'assignment', concat(entry_id, ' ', holder_id), valid, recorded
                  FROM fangma.assignment
                 UNION ALL SELECT 'lease', concat(entry_id, ' ', direction, tenant), valid, recorded
                  FROM fangma.lease
                 UNION ALL SELECT 'ledger', entry_id::text, valid, recorded FROM fangma.ledger
                 UNION ALL SELECT 'building record', entry_id::text, valid, recorded
                  FROM fangma.building_record
                 UNION ALL SELECT 'title', concat(entry_id, ' ', certificate), valid, recorded
                  FROM fangma.title) AS f
         WHERE upper_inf(f.recorded)) AS o
 WHERE o.clashes
 LIMIT 20;

-- name: codes
SELECT code, kind
  FROM fangma.entry
 WHERE code IS NOT NULL
 ORDER BY code;

-- name: parts
SELECT prefix, part
  FROM fangma.code_part;

-- name: serials
SELECT prefix, last
  FROM fangma.code_serial;

-- name: entries_without_state
-- A thing exists while it has a state; one that never had any cannot be named.
SELECT e.code, e.ordinal
  FROM fangma.entry AS e
 WHERE NOT EXISTS (SELECT FROM fangma.state AS s WHERE s.entry_id = e.id)
 LIMIT 20;

-- name: strays
-- Facts and sources without their entry, or in another scope than it.
SELECT f.fact, f.entry_id
  FROM (SELECT 'state' AS fact, entry_id, scope_id FROM fangma.state
         UNION ALL SELECT 'shape', entry_id, scope_id FROM fangma.shape
         UNION ALL SELECT 'source', entry_id, scope_id FROM fangma.source
         UNION ALL SELECT 'assignment', entry_id, scope_id FROM fangma.assignment
         UNION ALL SELECT 'lease', entry_id, scope_id FROM fangma.lease
         UNION ALL SELECT 'ledger', entry_id, scope_id FROM fangma.ledger
         UNION ALL SELECT 'building record', entry_id, scope_id FROM fangma.building_record
         UNION ALL SELECT 'title', entry_id, scope_id FROM fangma.title
         UNION ALL SELECT 'join', entry_id, scope_id FROM fangma.pipe_join
         UNION ALL SELECT 'join', other_id, other_scope_id FROM fangma.pipe_join
         UNION ALL SELECT 'valve', entry_id, scope_id FROM fangma.valve_position
         UNION ALL SELECT 'accuracy', entry_id, scope_id FROM fangma.accuracy
         UNION ALL SELECT 'camera', entry_id, scope_id FROM fangma.camera_view) AS f
  LEFT JOIN fangma.entry AS e ON e.id = f.entry_id AND e.scope_id = f.scope_id
 WHERE e.id IS NULL
 LIMIT 20;

-- name: stray_sources
SELECT x.entry_id, x.since_id
  FROM fangma.source AS x
  LEFT JOIN fangma.model_revision AS r ON r.id = x.since_id AND r.model_id = x.model_id
 WHERE r.id IS NULL
 LIMIT 20;

-- name: revisions_backwards
SELECT o.id
  FROM (SELECT id, recorded_at <= lag(recorded_at) OVER (ORDER BY id) AS backwards
          FROM fangma.revision) AS o
 WHERE o.backwards
 LIMIT 20;

-- name: facts_out_of_time
-- The recorded range of a fact is that of the revisions that opened and closed it.
SELECT f.fact, f.entry_id, f.revision_id
  FROM (SELECT 'state' AS fact, entry_id, recorded, revision_id, closed_by FROM fangma.state
         UNION ALL
        SELECT 'shape', entry_id, recorded, revision_id, closed_by FROM fangma.shape
         UNION ALL
        SELECT 'join', entry_id, recorded, revision_id, closed_by FROM fangma.pipe_join
         UNION ALL
        SELECT 'valve', entry_id, recorded, revision_id, closed_by FROM fangma.valve_position
         UNION ALL
        SELECT 'accuracy', entry_id, recorded, revision_id, closed_by FROM fangma.accuracy
         UNION ALL
        SELECT 'camera', entry_id, recorded, revision_id, closed_by FROM fangma.camera_view
         UNION ALL
        SELECT 'unit', unit_id, recorded, revision_id, closed_by FROM fangma.unit_state
         UNION ALL
        SELECT 'post', person_id, recorded, revision_id, closed_by FROM fangma.post
         UNION ALL
        SELECT 'assignment', entry_id, recorded, revision_id, closed_by FROM fangma.assignment
         UNION ALL
        SELECT 'lease', entry_id, recorded, revision_id, closed_by FROM fangma.lease
         UNION ALL
        SELECT 'ledger', entry_id, recorded, revision_id, closed_by FROM fangma.ledger
         UNION ALL
        SELECT 'building record', entry_id, recorded, revision_id, closed_by
          FROM fangma.building_record
         UNION ALL
        SELECT 'title', entry_id, recorded, revision_id, closed_by FROM fangma.title) AS f
  LEFT JOIN fangma.revision AS o ON o.id = f.revision_id
  LEFT JOIN fangma.revision AS c ON c.id = f.closed_by
 WHERE o.recorded_at IS DISTINCT FROM lower(f.recorded)
    OR c.recorded_at IS DISTINCT FROM upper(f.recorded)
 LIMIT 20;

-- name: tile_contents
SELECT DISTINCT h.hash
  FROM fangma.tile AS t, unnest(ARRAY[t.hash, t.plain_hash]) AS h (hash)
 WHERE t.retired_by IS NULL
 ORDER BY h.hash;

-- name: broken_audit
-- Entries whose hash is not that of their text and of the entry before, or whose number leaves a gap.
SELECT o.id
  FROM (SELECT l.id, l.hash, l.previous,
               sha256(l.previous || convert_to(
                 fangma.audit_text(l.id, l.at, l.actor, l.action, l.subject, l.outcome, l.detail),
                 'UTF8')) AS computed,
               lag(l.hash, 1, decode(repeat('00', 32), 'hex')) OVER before AS hash_before,
               lag(l.id, 1, 0::bigint) OVER before AS id_before
          FROM fangma.audit_log AS l
        WINDOW before AS (ORDER BY l.id)) AS o
 WHERE o.hash <> o.computed OR o.previous <> o.hash_before OR o.id <> o.id_before + 1
 ORDER BY o.id
 LIMIT 20;

-- name: audit_head
SELECT id, encode(hash, 'hex') AS hash
  FROM fangma.audit_log
 ORDER BY id DESC
 LIMIT 1;
