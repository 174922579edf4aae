-- What the facts of an audit became from one revision to a later one. Only rows that the reader sees.

-- name: changes
-- Whose facts were added or closed: the table, the thing, and when the next of these rows begins or
-- ends. Building records, titles and states of buildings among them tell that the whole is concerned.
WITH c AS MATERIALIZED (
  SELECT 'state' AS fact, entry_id AS subject, valid, recorded FROM fangma.state
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'shape', entry_id, valid, recorded FROM fangma.shape
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'ledger', entry_id, valid, recorded FROM fangma.ledger
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'lease', entry_id, NULL, recorded FROM fangma.lease
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'assignment', entry_id, NULL, recorded FROM fangma.assignment
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'building', entry_id, valid, recorded FROM fangma.building_record
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'title', entry_id, valid, recorded FROM fangma.title
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'binding', entry_id, valid, recorded FROM fangma.binding
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'post', person_id, valid, recorded FROM fangma.post
   WHERE revision_id > %(since)s OR closed_by > %(since)s
   UNION ALL
  SELECT 'unit', unit_id, valid, recorded FROM fangma.unit_state
   WHERE revision_id > %(since)s OR closed_by > %(since)s
)
SELECT DISTINCT c.fact, coalesce(e.kind, 'none') AS kind, coalesce(e.code, p.code, u.code) AS code,
       min(t.at) OVER (PARTITION BY true) AS next_at
  FROM c
  LEFT JOIN fangma.entry AS e ON e.id = c.subject
  LEFT JOIN fangma.scope AS s ON s.id = e.scope_id
  LEFT JOIN fangma.person AS p ON p.id = c.subject
  LEFT JOIN fangma.unit AS u ON u.id = c.subject
  LEFT JOIN LATERAL (
    SELECT b.at FROM (VALUES (lower(c.valid)), (upper(c.valid))) AS b (at)
     WHERE c.recorded @> %(known)s AND b.at > %(at)s AND isfinite(b.at)) AS t ON true
 WHERE coalesce(s.site_id, p.site_id, u.site_id) = %(site_id)s
   AND coalesce(e.kind, 'room') IN ('room', 'building')
 LIMIT %(most)s;

-- name: is_taken_back
-- Whether something was rolled back meanwhile.
SELECT EXISTS (SELECT FROM fangma.revision
                WHERE id > %(since)s AND id <= %(revision)s AND action = 'rollback');

-- name: rooms_seen
-- One text for which rooms the reader sees and where they belong: a room that became secret, or moved
-- to another building, leaves no row of a revision behind.
SELECT concat_ws(' ', count(*), sum(hashtextextended(e.id::text, e.scope_id)))
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.kind = 'room' AND c.site_id = %(site_id)s;
