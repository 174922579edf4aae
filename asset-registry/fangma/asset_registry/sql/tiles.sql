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
-- The tileset of now, as far as the reader may see it. Where the rows of a storey's secret rooms are
-- given beside their grey mass, spatial.tiles drops the mass.
SELECT t.id, coalesce(b.code, '') AS building, coalesce(f.code, '') AS storey, t.model_id,
       t.discipline, t.level, t.part, t.visibility, t.hash, t.plain_hash, t.bytes, t.plain_bytes,
       t.box, t.matrix, t.geometric_error, t.elements, t.triangles, t.draws
  FROM fangma.tile AS t
  LEFT JOIN fangma.entry AS b ON b.id = t.building_id
  LEFT JOIN fangma.entry AS f ON f.id = t.storey_id
 WHERE t.site_id = %(site_id)s AND t.retired_by IS NULL
 ORDER BY t.id;

-- name: of_model
-- What the tileset points at now of one model.
SELECT id, building_id, storey_id, discipline, level, part, visibility, hash, plain_hash, matrix
  FROM fangma.tile
 WHERE model_id = %(model_id)s AND retired_by IS NULL
 ORDER BY id;

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
