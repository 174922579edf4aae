-- Files as they were imported, newest first.

-- name: page
SELECT r.id AS revision, r.recorded_at AS at, r.actor, v.file, m.name AS model, m.discipline,
       v.current, v.report
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.revision AS r ON r.id = v.revision_id
 WHERE r.id <= %(newest)s
   AND (%(site_id)s::uuid IS NULL OR m.site_id = %(site_id)s)
   AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
 ORDER BY r.id DESC, v.file
 LIMIT %(limit)s
