-- A decision about lineage taken back: what it said is no longer held, what it closed is held again.

-- name: find
-- What was decided, and by which revision it was taken back already.
SELECT r.id, r.recorded_at, r.actor, r.action, r.reason, r.detail,
       (SELECT min(u.id) FROM fangma.revision AS u
         WHERE u.action = 'rollback' AND (u.detail ->> 'undone')::bigint = r.id) AS undone_by
  FROM fangma.revision AS r
 WHERE r.id = %(id)s;

-- name: list
-- Decisions about lineage, newest first, with the codes whose names, numbers or uses they told.
SELECT r.id AS revision, r.recorded_at, r.actor, r.reason, r.document,
       coalesce(r.detail ->> 'decision', r.action) AS decision,
       (SELECT min(u.id) FROM fangma.revision AS u
         WHERE u.action = 'rollback' AND (u.detail ->> 'undone')::bigint = r.id) AS undone_by,
       ARRAY(SELECT DISTINCT e.code
               FROM fangma.state AS s
               JOIN fangma.entry AS e ON e.id = s.entry_id
              WHERE s.revision_id = r.id OR s.closed_by = r.id
              ORDER BY e.code) AS codes
  FROM fangma.revision AS r
 WHERE (r.detail ? 'decision' OR r.action IN ('split', 'merge', 'renumber')) AND r.action <> 'rollback'
   AND (%(id)s::uuid IS NULL
        OR EXISTS (SELECT FROM fangma.state AS s
                    WHERE s.entry_id = %(id)s AND (s.revision_id = r.id OR s.closed_by = r.id)))
 ORDER BY r.id DESC
 LIMIT %(limit)s;

-- name: tables
-- Tables of facts, and whether they are about entries: the others are about people and units.
SELECT name, subject = 'entry_id' AS about_entries FROM fangma.fact_table ORDER BY name;

-- name: about
-- What a decision told or closed a fact of; of one table.
SELECT DISTINCT entry_id FROM fangma.{table} WHERE revision_id = {id} OR closed_by = {id};

-- name: brought
-- What a decision brought in, and what is secret of it.
SELECT e.id, e.code, c.secret
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
 WHERE e.revision_id = %(id)s
 ORDER BY e.code;

-- name: ancestors
-- What the things that a decision brought in came of.
SELECT l.predecessor_id, l.successor_id, c.secret, h.area_m2
  FROM fangma.lineage AS l
  JOIN fangma.entry AS e ON e.id = l.predecessor_id
  JOIN fangma.scope AS c ON c.id = e.scope_id
  LEFT JOIN LATERAL (
    SELECT x.area_m2 FROM fangma.shape AS x
     WHERE x.entry_id = e.id AND lower(x.recorded) <= %(recorded_at)s
     ORDER BY x.closed_by = %(id)s DESC NULLS LAST
     LIMIT 1) AS h ON true
 WHERE l.revision_id = %(id)s AND l.undone_by IS NULL;

-- name: codes_seen
SELECT id, code FROM fangma.entry WHERE id = ANY (%(ids)s) ORDER BY code;

-- name: there
-- Which of some things are there for the time to come.
SELECT e.code
  FROM fangma.entry AS e
 WHERE e.id = ANY (%(ids)s) AND e.code IS NOT NULL
   AND EXISTS (SELECT FROM fangma.state AS s
                WHERE s.entry_id = e.id AND upper_inf(s.recorded) AND upper_inf(s.valid))
 ORDER BY e.code;

-- name: later_lineage
SELECT DISTINCT l.revision_id
  FROM fangma.lineage AS l
 WHERE l.revision_id > %(first)s AND l.revision_id <> ALL (%(span)s) AND l.undone_by IS NULL
   AND (l.predecessor_id = ANY (%(ids)s) OR l.successor_id = ANY (%(ids)s));

-- name: later_sources
-- Files that show what the decision brought in: an export made after it.
SELECT DISTINCT v.file, v.revision_id
  FROM fangma.source AS s
  JOIN fangma.model_revision AS v ON v.id = s.since_id
 WHERE s.entry_id = ANY (%(brought)s) AND s.until_id IS NULL;

-- name: later_reviews
-- Questions of later imports about these things, open or decided.
SELECT DISTINCT r.id
  FROM fangma.review AS r
 WHERE r.revision_id > %(first)s AND r.withdrawn_by IS NULL
   AND (r.old_ids && %(ids)s::uuid[] OR r.new_ids && %(ids)s::uuid[]);

-- name: pairs
-- Of revisions, those that were taken back since or take one back: with the other one of the two.
SELECT d.id, u.id
  FROM fangma.revision AS u
  JOIN fangma.revision AS d ON d.id = (u.detail ->> 'undone')::bigint
 WHERE u.action = 'rollback' AND d.id > %(first)s
   AND (u.id = ANY (%(revisions)s) OR d.id = ANY (%(revisions)s));

-- name: staying
-- Work orders and stops of rounds of what ends again: they stay with it, as at a split.
SELECT (SELECT count(*) FROM fangma.work_order WHERE entry_id = ANY (%(brought)s)) AS orders,
       (SELECT count(*) FROM fangma.round_stop WHERE entry_id = ANY (%(brought)s)) AS stops;

-- name: undo_lineage
UPDATE fangma.lineage
   SET undone_by = %(revision)s
 WHERE revision_id = ANY (%(span)s) AND undone_by IS NULL;

-- name: open_sources
-- What a review's decision is about to close: kept with it, so that it can be taken back.
SELECT s.entry_id, s.since_id, s.guid, s.step_key
  FROM fangma.source AS s
 WHERE s.model_id = %(model_id)s AND s.until_id IS NULL AND s.entry_id = ANY (%(ids)s)
 ORDER BY s.entry_id, s.guid;

-- name: model_holds
SELECT v.id
  FROM fangma.model_revision AS v
  JOIN fangma.review AS r ON r.id = %(review)s
  JOIN fangma.model_revision AS asked ON asked.id = r.model_revision_id
 WHERE v.model_id = asked.model_id AND v.current;

-- name: close_sources
UPDATE fangma.source
   SET until_id = %(holds)s
 WHERE model_id = (SELECT model_id FROM fangma.model_revision WHERE id = %(holds)s)
   AND until_id IS NULL AND entry_id = ANY (%(ids)s);

-- name: reopen_source
INSERT INTO fangma.source (
  entry_id, scope_id, model_id, since_id, guid, step_key, fingerprint, properties)
SELECT s.entry_id, e.scope_id, s.model_id, s.since_id, s.guid, s.step_key, s.fingerprint, s.properties
  FROM fangma.source AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
 WHERE s.entry_id = %(entry_id)s AND s.since_id = %(since_id)s AND s.until_id = %(holds)s
   AND s.guid IS NOT DISTINCT FROM %(guid)s AND s.step_key IS NOT DISTINCT FROM %(step_key)s
 LIMIT 1;

-- name: review_heirs
SELECT old_ids FROM fangma.review WHERE id = %(review)s;

-- name: ask_again
-- The decision stays on record; the question is open again under a number of its own.
WITH was AS (
  UPDATE fangma.review
     SET withdrawn_by = %(revision)s
   WHERE id = %(review)s
  RETURNING *)
INSERT INTO fangma.review (site_id, model_revision_id, old_ids, new_ids, why, revision_id)
SELECT site_id, model_revision_id, old_ids, new_ids, why, %(revision)s FROM was
RETURNING id;
