-- Secret rooms (涉密): who may mark one, and what becomes of the tiles that show it.

-- name: is_secret
SELECT c.secret
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.code = %(code)s

-- name: secret_among
-- Which of these codes are secret, as far as the reader sees them at all.
SELECT e.code
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.code = ANY (%(codes)s) AND c.secret
 ORDER BY e.code

-- name: holds_secret
-- Whether the reader sees anything secret on a site.
SELECT EXISTS (SELECT FROM fangma.scope AS c
                JOIN fangma.entry AS e ON e.scope_id = c.id
               WHERE c.site_id = %(site_id)s AND c.secret)

-- name: find
-- The entry, its place for access control, and the storey that it stands on now.
SELECT e.id, e.kind, c.site_id, c.building_id, c.part, c.secret, s.storey_id
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  LEFT JOIN LATERAL (
    SELECT x.storey_id
      FROM fangma.state AS x
     WHERE x.entry_id = e.id AND upper_inf(x.recorded)
     ORDER BY x.valid DESC
     LIMIT 1) AS s ON true
 WHERE e.code = %(code)s

-- name: sees_place
-- Whether the reader sees the open things of a place.
SELECT EXISTS (
  SELECT FROM fangma.scope
   WHERE site_id = %(site_id)s AND building_id IS NOT DISTINCT FROM %(building_id)s::uuid
     AND part = %(part)s AND NOT secret)

-- name: hide_tiles
-- The rooms of a storey share tiles. Until they are written anew, the tiles that show the marked room,
-- old ones too, are for those entitled only.
UPDATE fangma.tile AS t
   SET scope_id = target.id, visibility = 'secret'
  FROM fangma.scope AS target
 WHERE t.storey_id = %(storey_id)s
   AND t.discipline = 'rooms'
   AND t.visibility = 'open'
   AND target.site_id = %(site_id)s
   AND target.building_id IS NOT DISTINCT FROM %(building_id)s::uuid
   AND target.part = %(part)s
   AND target.secret

-- name: secret_rooms_on
-- How many rooms of a storey are secret.
SELECT count(*)
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded)
 WHERE s.storey_id = %(storey_id)s AND e.kind = 'room' AND c.secret

-- name: show_tiles
-- No room of the storey is secret any more: its tiles of now are for everybody.
UPDATE fangma.tile AS t
   SET scope_id = target.id, visibility = 'open'
  FROM fangma.scope AS target
 WHERE t.storey_id = %(storey_id)s
   AND t.discipline = 'rooms'
   AND t.visibility = 'secret'
   AND t.retired_by IS NULL
   AND target.site_id = %(site_id)s
   AND target.building_id IS NOT DISTINCT FROM %(building_id)s::uuid
   AND target.part = %(part)s
   AND NOT target.secret

-- name: retire_masks
UPDATE fangma.tile
   SET retired_by = %(revision)s
 WHERE storey_id = %(storey_id)s AND discipline = 'rooms' AND visibility = 'masked'
   AND retired_by IS NULL
