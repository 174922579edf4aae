-- Reallocation plans and notes on rooms.

-- name: add
INSERT INTO fangma.plan (
  site_id, title, author, planned_on, request, answer, places, origins, room_ids, parents)
VALUES (%(site_id)s, %(title)s, %(author)s, %(planned_on)s, %(request)s, %(answer)s, %(places)s,
        %(origins)s, %(room_ids)s, %(parents)s)
RETURNING number;

-- name: list
SELECT p.number, e.code AS site, p.title, p.author, p.status, p.version, p.planned_on, p.approvals,
       p.created_at, p.changed_at, p.parents,
       (SELECT count(*) FROM jsonb_object_keys(p.places))::integer AS placed
  FROM fangma.plan AS p
  JOIN fangma.entry AS e ON e.id = p.site_id
 WHERE (%(site_id)s::uuid IS NULL OR p.site_id = %(site_id)s)
   AND (%(status)s::text IS NULL OR p.status = %(status)s)
   AND (%(before)s::integer IS NULL OR p.number < %(before)s)
 ORDER BY p.number DESC
 LIMIT %(limit)s;

-- name: find
SELECT p.number, p.site_id, e.code AS site, p.title, p.author, p.status, p.version, p.planned_on,
       p.approvals, p.request, p.answer, p.places, p.origins, p.room_ids, p.parents, p.created_at,
       p.changed_at, p.applied_by, p.reverted_by
  FROM fangma.plan AS p
  JOIN fangma.entry AS e ON e.id = p.site_id
 WHERE p.number = %(number)s;

-- name: lock
-- Nobody else changes the plan until this transaction ends.
SELECT version
  FROM fangma.plan
 WHERE number = %(number)s
   FOR UPDATE;

-- name: write
UPDATE fangma.plan
   SET title = %(title)s, status = %(status)s, planned_on = %(planned_on)s, approvals = %(approvals)s,
       request = %(request)s, answer = %(answer)s, places = %(places)s, origins = %(origins)s,
       room_ids = %(room_ids)s, applied_by = %(applied_by)s, reverted_by = %(reverted_by)s,
       version = version + 1, changed_at = now()
 WHERE number = %(number)s AND version = %(version)s
RETURNING version;

-- name: add_event
INSERT INTO fangma.plan_event (plan, actor, action, version, comment, detail)
VALUES (%(plan)s, %(actor)s, %(action)s, %(version)s, %(comment)s, %(detail)s);

-- name: events
SELECT at, actor, action, version, comment, detail
  FROM fangma.plan_event
 WHERE plan = %(plan)s
 ORDER BY id;

-- name: room_ids
SELECT id, code
  FROM fangma.entry
 WHERE code = ANY (%(codes)s) AND kind = 'room';

-- name: people_ids
SELECT code, id
  FROM fangma.person
 WHERE site_id = %(site_id)s AND code = ANY (%(codes)s);

-- name: unit_ids
SELECT code, id
  FROM fangma.unit
 WHERE site_id = %(site_id)s AND code = ANY (%(codes)s);

-- name: held
-- Assignments of some rooms as they are held now, for all times.
SELECT a.id, a.entry_id, a.person_id, a.unit_id, a.use, a.notes, lower(a.valid) AS valid_from,
       upper(a.valid) AS valid_to
  FROM fangma.assignment AS a
 WHERE a.entry_id = ANY (%(entry_ids)s) AND upper_inf(a.recorded)
 ORDER BY a.id;

-- name: written_by
-- What a revision added and closed, and whether that is still how things are held.
SELECT a.id, a.entry_id, e.code AS room, a.person_id, a.unit_id, a.use, a.notes,
       lower(a.valid) AS valid_from, upper(a.valid) AS valid_to,
       a.revision_id = %(revision)s AS was_added, upper_inf(a.recorded) AS is_held
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
 WHERE a.revision_id = %(revision)s OR a.closed_by = %(revision)s
 ORDER BY a.id;

-- name: touched_since
-- Rooms of a plan that somebody was given or lost after it was carried out.
SELECT DISTINCT e.code
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
 WHERE a.entry_id = ANY (%(entry_ids)s)
   AND (a.revision_id > %(revision)s OR a.closed_by > %(revision)s)
 ORDER BY e.code;

-- name: add_note
INSERT INTO fangma.room_note (entry_id, scope_id, plan, author, text, sketch)
SELECT e.id, e.scope_id, %(plan)s, %(author)s, %(text)s, %(sketch)s
  FROM fangma.entry AS e
 WHERE e.id = %(entry_id)s
RETURNING id, written_at;

-- name: notes_of
-- A note is no fact and makes no revision: it belongs to the time until the next one.
SELECT n.id, n.plan, n.author, n.written_at, n.text, n.sketch
  FROM fangma.room_note AS n
 WHERE n.entry_id = %(entry_id)s
   AND NOT EXISTS (SELECT FROM fangma.revision AS r
                    WHERE r.id > %(revision)s AND r.recorded_at <= n.written_at)
 ORDER BY n.id;

-- name: notes_of_plan
SELECT n.id, e.code AS room, n.author, n.written_at, n.text, n.sketch
  FROM fangma.room_note AS n
  JOIN fangma.entry AS e ON e.id = n.entry_id
 WHERE n.plan = %(plan)s
 ORDER BY n.id;
