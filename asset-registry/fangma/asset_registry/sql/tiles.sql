-- Rows that point at tiles: which files a reader's tileset is made of.

-- name: add_scope
INSERT INTO fangma.scope (site_id, building_id, part, secret)
VALUES (%(site_id)s, %(building_id)s, %(scope_part)s, %(secret)s)
ON CONFLICT DO NOTHING;

-- name: add
INSERT INTO fangma.tile (
  scope_id, site_id, building_id, storey_id, model_id, discipline, level, part, visibility, hash,
  plain_hash, bytes, plain_bytes, box, matrix, geometric_error, elements, triangles, draws,
  revision_id)
SELECT c.id, %(site_id)s, %(building_id)s, %(storey_id)s, %(model_id)s, %(discipline)s, %(level)s,
       %(part)s, %(visibility)s, %(hash)s, %(plain_hash)s, %(bytes)s, %(plain_bytes)s, %(box)s,
       %(matrix)s, %(geometric_error)s, %(elements)s, %(triangles)s, %(draws)s, %(revision)s
  FROM fangma.scope AS c
 WHERE c.site_id = %(site_id)s AND c.part = %(scope_part)s AND c.secret = %(secret)s
   AND c.building_id IS NOT DISTINCT FROM %(building_id)s::uuid;

-- name: retire
UPDATE fangma.tile
   SET retired_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND retired_by IS NULL;

-- name: current
-- The tileset of now, as far as its reader may see it.
SELECT coalesce(b.code, '') AS building, coalesce(f.code, '') AS storey, t.discipline,
       t.model_id::text AS model, t.level, t.part, t.visibility, t.hash AS sha256,
       t.plain_hash AS plain_sha256, t.bytes AS byte_length, t.plain_bytes AS plain_byte_length,
       t.box, t.matrix, t.geometric_error, t.elements, t.triangles, t.draws
  FROM fangma.tile AS t
  LEFT JOIN fangma.entry AS b ON b.id = t.building_id
  LEFT JOIN fangma.entry AS f ON f.id = t.storey_id
 WHERE t.site_id = %(site_id)s AND t.retired_by IS NULL
 ORDER BY t.id;

-- name: is_secret
-- Whether a file that is part of a tileset, now or before, that the reader may see, shows what is
-- secret in each; NULL when it is part of none.
SELECT bool_and(visibility = 'secret')
  FROM (SELECT visibility FROM fangma.tile WHERE site_id = %(site_id)s AND hash = %(hash)s
        UNION ALL
        SELECT visibility FROM fangma.tile
         WHERE site_id = %(site_id)s AND plain_hash = %(hash)s) AS found;

-- name: newest_revision
-- Changes when the tileset does.
SELECT greatest(max(revision_id), max(retired_by)) AS revision
  FROM fangma.tile
 WHERE site_id = %(site_id)s;
