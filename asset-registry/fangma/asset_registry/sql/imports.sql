-- Files as they were imported, newest first.

-- name: page
-- Findings quote names: those about elements that the reader may not see are left out, and those
-- that quote what he may not know. A match is told where its element may be seen.
SELECT r.id AS revision, r.recorded_at AS at, r.actor, v.file, m.name AS model, m.discipline,
       v.current,
       CASE WHEN (SELECT fangma.sees_secret()) THEN v.report - '{differences,health}'::text[]
            ELSE v.report - '{differences,health,findings,uncertain}'::text[] || jsonb_build_object(
              'findings', fangma.without_secret_words(coalesce((
                SELECT jsonb_agg(f.finding ORDER BY f.place)
                  FROM jsonb_array_elements(v.report -> 'findings')
                       WITH ORDINALITY AS f (finding, place)
                 WHERE f.finding ->> 'rule' <> 'secret-by-name'
                   AND (f.finding ->> 'element' IS NULL
                        OR EXISTS (SELECT FROM fangma.source AS x
                                    WHERE x.guid = f.finding ->> 'element'
                                      AND x.model_id = m.id))), '[]'),
                'message', m.building_ids, m.site_id),
              'uncertain', coalesce((
                SELECT jsonb_agg(u.told ORDER BY u.place)
                  FROM jsonb_array_elements(v.report -> 'uncertain')
                       WITH ORDINALITY AS u (told, place)
                 WHERE EXISTS (SELECT FROM fangma.source AS x
                                WHERE x.guid = u.told ->> 'element' AND x.model_id = m.id)),
                '[]')) END AS report
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.revision AS r ON r.id = v.revision_id
 WHERE r.id <= %(newest)s
   AND (%(site_id)s::uuid IS NULL OR m.site_id = %(site_id)s)
   AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
 ORDER BY r.id DESC, v.file
 LIMIT %(limit)s;

-- name: one
-- The import of a revision, whole; what is told of elements that the reader may not see is left out.
SELECT r.id AS revision, r.recorded_at AS at, v.file, m.discipline,
       -- Rooms that became secret after the report was written are named in it. A report from before
       -- `beside` was kept tells of two rooms and names one: it is not told.
       CASE WHEN (SELECT fangma.sees_secret()) OR v.report #> '{health,checks}' IS NULL
            THEN v.report -> 'health'
            ELSE jsonb_set(v.report -> 'health', '{checks}', coalesce((
              SELECT jsonb_agg(k.told || jsonb_build_object(
                       'elements', fangma.without_secret_words(coalesce((
                         SELECT jsonb_agg(n.named ORDER BY n.place)
                           FROM jsonb_array_elements(k.told -> 'elements')
                                WITH ORDINALITY AS n (named, place)
                          WHERE (n.named ->> 'kind' IS NULL
                                 OR EXISTS (SELECT FROM fangma.source AS x
                                             WHERE x.guid = n.named ->> 'element'
                                               AND x.model_id = m.id))
                            AND (k.told ->> 'rule' NOT IN ('rooms-overlap', 'room-above-room')
                                 OR EXISTS (SELECT FROM fangma.source AS x
                                             WHERE x.guid = n.named ->> 'beside'
                                               AND x.model_id = m.id))), '[]'),
                         'told', m.building_ids, m.site_id)) ORDER BY k.place)
                FROM jsonb_array_elements(v.report #> '{health,checks}')
                     WITH ORDINALITY AS k (told, place)), '[]')) END AS health,
       -- New things got their codes after the report was written.
       coalesce((SELECT jsonb_agg(d.told || jsonb_build_object(
                          'code', coalesce(d.told ->> 'code', x.code), 'ordinal', x.ordinal,
                          'became', coalesce((
                            SELECT jsonb_agg(b.guid ORDER BY b.place)
                              FROM jsonb_array_elements_text(d.told -> 'became')
                                   WITH ORDINALITY AS b (guid, place)
                             WHERE EXISTS (SELECT FROM fangma.source AS s
                                            WHERE s.guid = b.guid AND s.model_id = m.id)), '[]'))
                        ORDER BY d.place)
                   FROM jsonb_array_elements(v.report -> 'differences')
                        WITH ORDINALITY AS d (told, place)
                   LEFT JOIN LATERAL (
                     SELECT e.code, e.ordinal
                       FROM fangma.source AS s
                       JOIN fangma.entry AS e ON e.id = s.entry_id
                      WHERE s.guid = d.told ->> 'element' AND s.model_id = m.id
                      ORDER BY s.until_id IS NULL DESC
                      LIMIT 1) AS x ON true
                  WHERE x.ordinal IS NOT NULL
                     -- Without a GlobalId it is known by its code; a room always has one.
                     OR d.told ->> 'element' IS NULL
                        AND (EXISTS (SELECT FROM fangma.entry AS e
                                      WHERE e.code = d.told ->> 'code')
                             OR d.told ->> 'code' IS NULL AND d.told ->> 'kind' <> 'room')),
                '[]') AS differences,
       CASE WHEN (SELECT fangma.sees_secret()) THEN v.report -> 'findings'
            ELSE fangma.without_secret_words(coalesce((
              SELECT jsonb_agg(f.finding ORDER BY f.place)
                FROM jsonb_array_elements(v.report -> 'findings')
                     WITH ORDINALITY AS f (finding, place)
               WHERE f.finding ->> 'rule' <> 'secret-by-name'
                 AND (f.finding ->> 'element' IS NULL
                      OR EXISTS (SELECT FROM fangma.source AS x
                                  WHERE x.guid = f.finding ->> 'element'
                                    AND x.model_id = m.id))), '[]'),
              'message', m.building_ids, m.site_id) END AS findings,
       v.report - '{findings,differences,health,uncertain}'::text[] AS summary
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.revision AS r ON r.id = v.revision_id
 WHERE r.id = %(revision)s
 ORDER BY v.file
 LIMIT 1;

-- name: names
SELECT s.guid, e.code, e.kind, t.name, t.number, t.use, t.system, f.code AS storey,
       b.code AS building,
       CASE WHEN h.extent IS NOT NULL THEN
         ARRAY[(ST_XMin(h.extent) + ST_XMax(h.extent)) / 2,
               (ST_YMin(h.extent) + ST_YMax(h.extent)) / 2,
               (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2] END AS centre,
       m.placement, v.sha256
  FROM fangma.model_revision AS v
  JOIN fangma.model AS m ON m.id = v.model_id
  JOIN fangma.source AS s ON s.model_id = m.id AND s.until_id IS NULL
  JOIN fangma.entry AS e ON e.id = s.entry_id
  LEFT JOIN fangma.state AS t
    ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND upper_inf(h.recorded) AND upper_inf(h.valid)
  LEFT JOIN fangma.entry AS f ON f.id = t.storey_id
  LEFT JOIN fangma.entry AS b ON b.id = t.building_id
 WHERE v.revision_id = %(revision)s AND v.current AND s.guid IS NOT NULL
 ORDER BY e.ordinal;

-- name: revision_of_bytes
-- The import of a file with these bytes that holds now.
SELECT v.revision_id
  FROM fangma.model_revision AS v
 WHERE v.sha256 = %(sha256)s AND v.current
 ORDER BY v.revision_id DESC
 LIMIT 1;
