-- Accounts and what each may see. Codes in grants are resolved under the giver's own row-level
-- security: nobody gives away what they cannot see.

-- name: add
INSERT INTO fangma.account (name, display_name, password_hash, roles, every_site, sees_secret)
VALUES (%(name)s, %(display_name)s, %(password_hash)s, %(roles)s, %(every_site)s, %(sees_secret)s)
RETURNING id

-- name: list
-- All accounts, or the one of a name, with the codes of what they may see.
SELECT a.id, a.name, a.display_name, a.roles, a.every_site, a.sees_secret, a.disabled,
       a.totp_secret IS NOT NULL AS totp, a.password_hash IS NOT NULL AS has_password,
       a.created_at,
       coalesce((
         SELECT json_agg(json_build_object('site', s.code, 'building', b.code)
                         ORDER BY s.code, b.code)
           FROM fangma.account_grant AS g
           JOIN fangma.entry AS s ON s.id = g.site_id
           LEFT JOIN fangma.entry AS b ON b.id = g.building_id
          WHERE g.account_id = a.id), '[]') AS grants
  FROM fangma.account AS a
 WHERE %(name)s::text IS NULL OR a.name = %(name)s
 ORDER BY a.name

-- name: update
-- What is NULL stays.
UPDATE fangma.account
   SET display_name = coalesce(%(display_name)s, display_name),
       roles = coalesce(%(roles)s, roles),
       every_site = coalesce(%(every_site)s, every_site),
       disabled = coalesce(%(disabled)s, disabled),
       sees_secret = coalesce(%(sees_secret)s, sees_secret)
 WHERE id = %(account_id)s

-- name: clear_grants
DELETE FROM fangma.account_grant
 WHERE account_id = %(account_id)s

-- name: add_grant
-- No row when the giver sees no such site, or no such building on it.
INSERT INTO fangma.account_grant (account_id, site_id, building_id)
SELECT %(account_id)s, s.id, b.id
  FROM fangma.entry AS s
  LEFT JOIN fangma.scope AS c ON c.site_id = s.id AND c.part = 'building' AND NOT c.secret
  LEFT JOIN fangma.entry AS b ON b.id = c.building_id AND b.code = %(building)s
 WHERE s.code = %(site)s AND s.kind = 'site'
   AND (%(building)s::text IS NULL OR b.id IS NOT NULL)
 LIMIT 1
ON CONFLICT DO NOTHING
RETURNING site_id

-- name: count_holders
-- How many accounts that can sign in hold a role.
SELECT count(*)
  FROM fangma.account
 WHERE %(role)s = ANY (roles) AND NOT disabled
