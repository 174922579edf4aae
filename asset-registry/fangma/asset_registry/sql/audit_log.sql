-- The append-only, hash-chained audit log.

-- name: append
SELECT fangma.audit_append(%(actor)s, %(action)s, %(subject)s, %(outcome)s, %(detail)s)

-- name: pack
-- When, and by whom, a pack of that digest was written.
SELECT at, actor
  FROM fangma.audit_log
 WHERE action = 'audit-pack' AND detail ->> 'digest' = %(digest)s
 ORDER BY id
 LIMIT 1;

-- name: page
-- Newest first; before = the id of the last entry of the page before.
SELECT id, at, actor, action, subject, outcome, detail
  FROM fangma.audit_log
 WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(actor)s::text IS NULL OR actor = %(actor)s)
   AND (%(action)s::text IS NULL OR action = %(action)s)
   AND (%(subject)s::text IS NULL OR strpos(lower(subject), lower(%(subject)s)) > 0)
   AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
 ORDER BY id DESC
 LIMIT %(limit)s
