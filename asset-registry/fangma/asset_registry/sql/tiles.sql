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
-- The tileset of now. A secret tile comes to those who may see it; the others get its grey mass.
SELECT t.id, b.code AS building, f.code AS storey, t.model_id, t.role, t.discipline, c.secret,
       t.mask_of IS NOT NULL AS masked, t.hash, t.plain_hash, t.box, t.geometric_error, t.elements,
       t.bytes
  FROM fangma.tile AS t
  JOIN fangma.scope AS c ON c.id = t.scope_id
  LEFT JOIN fangma.entry AS b ON b.id = t.building_id
  LEFT JOIN fangma.entry AS f ON f.id = t.storey_id
 WHERE t.site_id = %(site_id)s
   AND t.retired_by IS NULL
   AND (t.mask_of IS NULL OR NOT (SELECT fangma.sees_secret()))
 ORDER BY b.code NULLS FIRST, f.code NULLS FIRST, t.role, t.discipline, t.id;

-- name: of_model
-- What a new revision of a model replaces.
SELECT id
  FROM fangma.tile
 WHERE model_id = %(model_id)s AND retired_by IS NULL AND mask_of IS NULL;

-- name: may_read
-- Whether a file is part of a tileset, now or before, that the reader may see.
SELECT EXISTS (
  SELECT FROM fangma.tile
   WHERE site_id = %(site_id)s AND (hash = %(hash)s OR plain_hash = %(hash)s));

-- name: newest_revision
-- Changes when the tileset does.
SELECT greatest(max(revision_id), max(retired_by)) AS revision
  FROM fangma.tile
 WHERE site_id = %(site_id)s;
