-- Views that people keep by name.

-- name: list
SELECT v.id, v.name, v.page, v.hash, v.shared, v.saved_at, a.name AS owner,
       v.owner_id::text = fangma.reader() AS own
  FROM fangma.saved_view AS v
  JOIN fangma.account AS a ON a.id = v.owner_id
 WHERE v.entry_id = %(site_id)s
 ORDER BY own DESC, v.name COLLATE "C", v.id;

-- name: find
SELECT v.id, v.name, v.page, v.hash, v.shared, v.saved_at, a.name AS owner,
       v.owner_id::text = fangma.reader() AS own
  FROM fangma.saved_view AS v
  JOIN fangma.account AS a ON a.id = v.owner_id
 WHERE v.id = %(id)s;

-- name: count
SELECT count(*)
  FROM fangma.saved_view
 WHERE entry_id = %(site_id)s AND owner_id::text = fangma.reader() AND name <> %(name)s;

-- name: unseen
SELECT named.code
  FROM unnest(%(codes)s::text[]) AS named (code)
 WHERE NOT EXISTS (SELECT FROM fangma.entry AS e WHERE e.code = named.code)
 LIMIT 1;

-- name: save
-- The same name by the same person is written over.
INSERT INTO fangma.saved_view (entry_id, scope_id, owner_id, name, page, hash, codes, shared)
SELECT e.id, e.scope_id, fangma.reader()::uuid, %(name)s, %(page)s, %(hash)s, %(codes)s, %(shared)s
  FROM fangma.entry AS e
 WHERE e.id = %(site_id)s
    ON CONFLICT (owner_id, entry_id, name) DO UPDATE
   SET page = excluded.page, hash = excluded.hash, codes = excluded.codes, shared = excluded.shared,
       saved_at = now()
RETURNING id;

-- name: remove
DELETE FROM fangma.saved_view
 WHERE id = %(id)s AND owner_id::text = fangma.reader()
RETURNING name;
