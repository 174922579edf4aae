-- Rule packs over those that are shipped.

-- name: in_force
-- Of each name the newest that was known by a revision.
SELECT DISTINCT ON (name) name, body
  FROM fangma.rule_pack
 WHERE revision_id <= %(revision)s
 ORDER BY name, number DESC;

-- name: versions
SELECT number, name, body, added_at, added_by, reason
  FROM fangma.rule_pack
 ORDER BY number DESC;

-- name: add
INSERT INTO fangma.rule_pack (name, body, added_at, added_by, reason, revision_id)
VALUES (%(name)s, %(body)s, %(added_at)s, %(actor)s, %(reason)s, %(revision)s)
RETURNING number;
