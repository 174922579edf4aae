-- Files as they were imported, newest first.

-- name: page
-- Findings quote names; those about elements that the reader may not see are left out.
SELECT r.id AS revision, r.recorded_at AS at, r.actor, v.file, m.name AS model, m.discipline,
       v.current,
       CASE WHEN (SELECT fangma.sees_secret()) THEN v.report
            ELSE jsonb_set(v.report, '{findings}', coalesce((
              SELECT jsonb_agg(f.finding)
                FROM jsonb_array_elements(v.report -> 'findings') AS f (finding)
               WHERE f.finding ->> 'rule' <> 'secret-by-name'
                 AND (f.finding ->> 'element' IS NULL
                      OR EXISTS (SELECT FROM fangma.source AS x
                                  WHERE x.guid = f.finding ->> 'element' AND x.model_id = m.id))),
              '[]')) END AS report
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.revision AS r ON r.id = v.revision_id
 WHERE r.id <= %(newest)s
   AND (%(site_id)s::uuid IS NULL OR m.site_id = %(site_id)s)
   AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
 ORDER BY r.id DESC, v.file
 LIMIT %(limit)s
