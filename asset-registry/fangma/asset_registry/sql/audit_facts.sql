-- What the audit is told of a site, as of a moment. Assignments and leases of all times: what has
-- ended says since when a room is empty, and what rent is still owed.

-- name: rooms
SELECT e.code, b.code AS building, f.code AS storey, s.number, s.name, s.use,
       h.area_m2 AS measured_m2, h.method, h.mesh_hash AS shape, h.declared,
       h.ceiling_z - h.floor_z AS height_m, h.kernel = 'box' AS is_guess,
       l.entry_id IS NOT NULL AS in_ledger, l.area_m2 AS ledger_m2, l.use AS registered_use,
       l.certificate, l.certificate_m2
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.ledger AS l
    ON l.entry_id = e.id AND l.valid @> %(at)s AND l.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE e.kind = 'room' AND c.site_id = %(site_id)s
 ORDER BY e.code;

-- name: buildings
SELECT e.code, s.name
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
 WHERE e.kind = 'building' AND c.site_id = %(site_id)s
 ORDER BY e.code;

-- name: units
SELECT u.code, s.name, p.code AS parent, s.organ_class, s.unit_rank, s.authorised
  FROM fangma.unit AS u
  JOIN fangma.unit_state AS s
    ON s.unit_id = u.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.unit AS p ON p.id = s.parent_id
 WHERE u.site_id = %(site_id)s
 ORDER BY u.code;

-- name: people
SELECT p.code AS id, u.code AS unit, s.rank, s.post, s.status, s.left_on, s.second
  FROM fangma.person AS p
  JOIN fangma.post AS s
    ON s.person_id = p.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.unit AS u ON u.id = s.unit_id
 WHERE p.site_id = %(site_id)s
 ORDER BY p.code;

-- name: assignments
SELECT e.code AS room, p.code AS person, u.code AS unit, a.use, lower(a.valid) AS valid_from,
       upper(a.valid) AS valid_to
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
  JOIN fangma.scope AS c ON c.id = a.scope_id
  LEFT JOIN fangma.person AS p ON p.id = a.person_id
  LEFT JOIN fangma.unit AS u ON u.id = a.unit_id
 WHERE c.site_id = %(site_id)s AND a.recorded @> %(known)s
 ORDER BY e.code, p.code, u.code, a.valid;

-- name: leases
SELECT e.code AS room, l.direction, l.tenant, lower(l.valid) AS valid_from,
       upper(l.valid) AS valid_to, l.due, l.paid
  FROM fangma.lease AS l
  JOIN fangma.entry AS e ON e.id = l.entry_id
  JOIN fangma.scope AS c ON c.id = l.scope_id
 WHERE c.site_id = %(site_id)s AND l.recorded @> %(known)s
 ORDER BY e.code, l.direction, l.tenant, l.valid;

-- name: division
SELECT division
  FROM fangma.site
 WHERE entry_id = %(site_id)s;
