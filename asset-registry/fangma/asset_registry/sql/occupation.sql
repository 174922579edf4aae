-- The people side: what is held of it, and how tables change it.

-- name: units
SELECT id, code
  FROM fangma.unit
 WHERE site_id = %(site_id)s;

-- name: people
SELECT id, code
  FROM fangma.person
 WHERE site_id = %(site_id)s;

-- name: details
SELECT d.person_id, d.name, d.notes
  FROM fangma.personal_detail AS d
  JOIN fangma.person AS p ON p.id = d.person_id
 WHERE p.site_id = %(site_id)s;

-- name: held_unit_state
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.unit_id, s.name, s.parent_id,
       s.organ_class, s.unit_rank, s.authorised, s.credit_code, s.posts, s.division, s.notes
  FROM fangma.unit_state AS s
  JOIN fangma.unit AS u ON u.id = s.unit_id
 WHERE u.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_post
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.person_id, s.unit_id, s.rank,
       s.post, s.status, s.left_on, s.second
  FROM fangma.post AS s
  JOIN fangma.person AS p ON p.id = s.person_id
 WHERE p.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_assignment
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.entry_id, s.person_id,
       s.unit_id, s.use, s.notes
  FROM fangma.assignment AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_lease
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.entry_id, s.direction,
       s.tenant, s.due, s.paid, s.notes
  FROM fangma.lease AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_ledger
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.entry_id, s.area_m2, s.use,
       s.unit_id, s.certificate, s.certificate_m2, s.annex_of, s.rest_room_m2, s.toilet_m2,
       s.sealed_on, s.idle_reason, s.notes
  FROM fangma.ledger AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_building_record
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.entry_id, s.height_m,
       s.gross_m2, s.net_m2, s.notes
  FROM fangma.building_record AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: held_title
SELECT s.id, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, s.entry_id, s.certificate,
       s.holder, s.status, s.area_m2, s.use, s.registered_on, s.notes
  FROM fangma.title AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND upper_inf(s.recorded);

-- name: add_units
INSERT INTO fangma.unit (id, site_id, code, revision_id)
SELECT n.id, %(site_id)s, n.code, %(revision)s
  FROM jsonb_to_recordset(%(rows)s) AS n (id uuid, code text)
 ORDER BY n.code;

-- name: add_people
INSERT INTO fangma.person (id, site_id, code, revision_id)
SELECT n.id, %(site_id)s, n.code, %(revision)s
  FROM jsonb_to_recordset(%(rows)s) AS n (id uuid, code text)
 ORDER BY n.code;

-- name: set_details
-- Beside each stands the site of its person, here and for posts.
INSERT INTO fangma.personal_detail (person_id, name, notes, site_id)
SELECT n.person_id, n.name, n.notes,
       (SELECT p.site_id FROM fangma.person AS p WHERE p.id = n.person_id)
  FROM jsonb_to_recordset(%(rows)s) AS n (person_id uuid, name text, notes jsonb)
ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, notes = excluded.notes;

-- name: erase_details
-- The right to be forgotten: history keeps the pseudonym, and nothing that leads back.
DELETE FROM fangma.personal_detail
 WHERE person_id IN (SELECT id FROM fangma.person WHERE site_id = %(site_id)s AND code = %(code)s);

-- name: close_unit_state
UPDATE fangma.unit_state
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_post
UPDATE fangma.post
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_assignment
UPDATE fangma.assignment
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_lease
UPDATE fangma.lease
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_ledger
UPDATE fangma.ledger
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_building_record
UPDATE fangma.building_record
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: close_title
UPDATE fangma.title
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE id = ANY (%(ids)s) AND upper_inf(recorded);

-- name: add_unit_state
INSERT INTO fangma.unit_state (
  unit_id, valid, recorded, revision_id, name, parent_id, organ_class, unit_rank, authorised,
  credit_code, posts, division, notes)
SELECT n.unit_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL), %(revision)s,
       n.name, n.parent_id, n.organ_class, n.unit_rank, n.authorised, n.credit_code, n.posts,
       n.division, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         unit_id uuid, valid_from timestamptz, valid_to timestamptz, name text, parent_id uuid,
         organ_class text, unit_rank text, authorised integer, credit_code text, posts jsonb,
         division text, notes jsonb);

-- name: add_post
INSERT INTO fangma.post (
  person_id, valid, recorded, revision_id, unit_id, rank, post, status, left_on, second, site_id)
SELECT n.person_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.unit_id, n.rank, n.post, n.status, n.left_on, n.second,
       (SELECT p.site_id FROM fangma.person AS p WHERE p.id = n.person_id)
  FROM jsonb_to_recordset(%(rows)s) AS n (
         person_id uuid, valid_from timestamptz, valid_to timestamptz, unit_id uuid, rank text,
         post text, status text, left_on date, second jsonb);

-- name: add_assignment
INSERT INTO fangma.assignment (
  entry_id, scope_id, valid, recorded, revision_id, person_id, unit_id, use, notes)
SELECT n.entry_id, e.scope_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.person_id, n.unit_id, n.use, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         entry_id uuid, valid_from timestamptz, valid_to timestamptz, person_id uuid, unit_id uuid,
         use text, notes jsonb)
  JOIN fangma.entry AS e ON e.id = n.entry_id;

-- name: add_lease
INSERT INTO fangma.lease (
  entry_id, scope_id, valid, recorded, revision_id, direction, tenant, due, paid, notes)
SELECT n.entry_id, e.scope_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.direction, n.tenant, n.due, n.paid, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         entry_id uuid, valid_from timestamptz, valid_to timestamptz, direction text, tenant text,
         due double precision, paid double precision, notes jsonb)
  JOIN fangma.entry AS e ON e.id = n.entry_id;

-- name: add_ledger
INSERT INTO fangma.ledger (
  entry_id, scope_id, valid, recorded, revision_id, area_m2, use, unit_id, certificate,
  certificate_m2, annex_of, rest_room_m2, toilet_m2, sealed_on, idle_reason, notes)
SELECT n.entry_id, e.scope_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.area_m2, n.use, n.unit_id, n.certificate, n.certificate_m2, n.annex_of, n.rest_room_m2,
       n.toilet_m2, n.sealed_on, n.idle_reason, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         entry_id uuid, valid_from timestamptz, valid_to timestamptz, area_m2 double precision,
         use text, unit_id uuid, certificate text, certificate_m2 double precision, annex_of uuid,
         rest_room_m2 double precision, toilet_m2 double precision, sealed_on date,
         idle_reason text, notes jsonb)
  JOIN fangma.entry AS e ON e.id = n.entry_id;

-- name: add_building_record
INSERT INTO fangma.building_record (
  entry_id, scope_id, valid, recorded, revision_id, height_m, gross_m2, net_m2, notes)
SELECT n.entry_id, e.scope_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.height_m, n.gross_m2, n.net_m2, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         entry_id uuid, valid_from timestamptz, valid_to timestamptz, height_m double precision,
         gross_m2 double precision, net_m2 double precision, notes jsonb)
  JOIN fangma.entry AS e ON e.id = n.entry_id;

-- name: add_title
INSERT INTO fangma.title (
  entry_id, scope_id, valid, recorded, revision_id, certificate, holder, status, area_m2, use,
  registered_on, notes)
SELECT n.entry_id, e.scope_id, tstzrange(n.valid_from, n.valid_to), tstzrange(%(recorded_at)s, NULL),
       %(revision)s, n.certificate, n.holder, n.status, n.area_m2, n.use, n.registered_on, n.notes
  FROM jsonb_to_recordset(%(rows)s) AS n (
         entry_id uuid, valid_from timestamptz, valid_to timestamptz, certificate text, holder text,
         status text, area_m2 double precision, use text, registered_on date, notes jsonb)
  JOIN fangma.entry AS e ON e.id = n.entry_id;

-- name: rooms
-- Rooms of a site as a table may name them: by code, or by building and door number. Those that are
-- no longer can be named by code only.
SELECT e.id, e.code, s.number, s.building_id, s.name, f.name AS storey, s.current
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 CROSS JOIN LATERAL (
    SELECT x.number, x.building_id, x.storey_id, x.name,
           upper_inf(x.recorded) AND upper_inf(x.valid) AS current
      FROM fangma.state AS x
     WHERE x.entry_id = e.id
     ORDER BY upper_inf(x.recorded) DESC, upper_inf(x.valid) DESC, lower(x.valid) DESC NULLS LAST
     LIMIT 1) AS s
  LEFT JOIN LATERAL (
    SELECT x.name
      FROM fangma.state AS x
     WHERE x.entry_id = s.storey_id AND upper_inf(x.recorded)
     ORDER BY upper_inf(x.valid) DESC
     LIMIT 1) AS f ON true
 WHERE c.site_id = %(site_id)s AND e.kind = 'room';

-- name: buildings
-- Buildings with the files that speak of them: an office says A01 where the model says 办公主楼.
SELECT e.id, e.code, coalesce(t.name, '') AS name,
       ARRAY(SELECT DISTINCT r.file
               FROM fangma.source AS s
               JOIN fangma.model_revision AS r ON r.model_id = s.model_id AND r.current
              WHERE s.entry_id = e.id AND s.until_id IS NULL) AS files
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND upper_inf(t.valid)
 WHERE c.site_id = %(site_id)s AND e.kind = 'building'
 ORDER BY e.code;

-- name: list_units
SELECT u.code, s.name, s.organ_class, s.unit_rank, s.authorised, p.code AS parent, s.credit_code,
       s.unit_id IS NOT NULL AS current
  FROM fangma.unit AS u
  LEFT JOIN fangma.unit_state AS s
    ON s.unit_id = u.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.unit AS p ON p.id = s.parent_id
 WHERE u.revision_id <= %(revision)s
 ORDER BY u.code;

-- name: list_people
SELECT p.code, u.code AS unit, s.rank, s.post, s.status AS employment, s.left_on,
       s.person_id IS NOT NULL AND s.status = '在职' AS current
  FROM fangma.person AS p
  LEFT JOIN fangma.post AS s
    ON s.person_id = p.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.unit AS u ON u.id = s.unit_id
 WHERE p.revision_id <= %(revision)s
 ORDER BY p.code;

-- name: occupants
SELECT p.code AS person, coalesce(u.code, o.code) AS unit, a.use, lower(a.valid) AS valid_from,
       upper(a.valid) AS valid_to
  FROM fangma.assignment AS a
  LEFT JOIN fangma.person AS p ON p.id = a.person_id
  LEFT JOIN fangma.unit AS u ON u.id = a.unit_id
  LEFT JOIN fangma.post AS t
    ON t.person_id = a.person_id AND t.valid @> %(at)s AND t.recorded @> %(known)s
  LEFT JOIN fangma.unit AS o ON o.id = t.unit_id
 WHERE a.entry_id = %(id)s AND a.valid @> %(at)s AND a.recorded @> %(known)s
 ORDER BY p.code, unit;

-- name: ledger_of
SELECT l.area_m2, l.use, u.code AS unit, l.certificate, l.certificate_m2, o.code AS annex_of,
       l.rest_room_m2, l.toilet_m2, l.sealed_on, l.idle_reason
  FROM fangma.ledger AS l
  LEFT JOIN fangma.unit AS u ON u.id = l.unit_id
  LEFT JOIN fangma.entry AS o ON o.id = l.annex_of
 WHERE l.entry_id = %(id)s AND l.valid @> %(at)s AND l.recorded @> %(known)s;

-- name: leases_of
SELECT l.direction, l.tenant, lower(l.valid) AS valid_from, upper(l.valid) AS valid_to, l.due, l.paid
  FROM fangma.lease AS l
 WHERE l.entry_id = %(id)s AND l.recorded @> %(known)s
 ORDER BY l.valid;

-- name: names
-- Reading this is logged.
SELECT p.code, d.name
  FROM fangma.personal_detail AS d
  JOIN fangma.person AS p ON p.id = d.person_id
 WHERE p.site_id = %(site_id)s AND d.name IS NOT NULL;

-- name: table_model
-- The series of files that a table is the next revision of: the file name names the source.
SELECT id
  FROM fangma.model
 WHERE site_id = %(site_id)s AND kind = %(kind)s AND name = %(file)s
 LIMIT 1;

-- name: assignment_history
SELECT a.valid, a.recorded, a.revision_id, a.closed_by, a.holder_id AS subject, p.code AS person,
       u.code AS unit, a.use
  FROM fangma.assignment AS a
  LEFT JOIN fangma.person AS p ON p.id = a.person_id
  LEFT JOIN fangma.unit AS u ON u.id = a.unit_id
 WHERE a.entry_id = %(id)s AND lower(a.recorded) <= %(known)s
 ORDER BY a.id;

-- name: lease_history
SELECT l.valid, l.recorded, l.revision_id, l.closed_by, l.direction || l.tenant AS subject,
       l.direction, l.tenant, l.due, l.paid
  FROM fangma.lease AS l
 WHERE l.entry_id = %(id)s AND lower(l.recorded) <= %(known)s
 ORDER BY l.id;

-- name: ledger_history
SELECT l.valid, l.recorded, l.revision_id, l.closed_by, '' AS subject, l.area_m2, l.use,
       u.code AS unit, l.certificate, l.certificate_m2, o.code AS annex_of, l.rest_room_m2,
       l.toilet_m2, l.sealed_on, l.idle_reason
  FROM fangma.ledger AS l
  LEFT JOIN fangma.unit AS u ON u.id = l.unit_id
  LEFT JOIN fangma.entry AS o ON o.id = l.annex_of
 WHERE l.entry_id = %(id)s AND lower(l.recorded) <= %(known)s
 ORDER BY l.id;

-- name: titles_of
SELECT t.certificate, t.holder, t.status, t.area_m2, t.use, t.registered_on
  FROM fangma.title AS t
 WHERE t.entry_id = %(id)s AND t.valid @> %(at)s AND t.recorded @> %(known)s
 ORDER BY t.certificate;

-- name: building_record_of
SELECT r.height_m, r.gross_m2, r.net_m2
  FROM fangma.building_record AS r
 WHERE r.entry_id = %(id)s AND r.valid @> %(at)s AND r.recorded @> %(known)s;

-- name: title_history
SELECT t.valid, t.recorded, t.revision_id, t.closed_by, t.certificate AS subject, t.certificate,
       t.holder, t.status, t.area_m2, t.use, t.registered_on
  FROM fangma.title AS t
 WHERE t.entry_id = %(id)s AND lower(t.recorded) <= %(known)s
 ORDER BY t.id;

-- name: building_record_history
SELECT r.valid, r.recorded, r.revision_id, r.closed_by, '' AS subject, r.height_m, r.gross_m2,
       r.net_m2
  FROM fangma.building_record AS r
 WHERE r.entry_id = %(id)s AND lower(r.recorded) <= %(known)s
 ORDER BY r.id;
