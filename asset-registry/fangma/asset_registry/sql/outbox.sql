-- Messages to addresses outside, and how their sending went.

-- name: put
-- The same key again is the same message: what stands there is answered.
INSERT INTO fangma.outbox (destination, key, kind, subject, body, queued_by)
VALUES (%(destination)s, %(key)s, %(kind)s, %(subject)s, %(body)s, %(queued_by)s)
ON CONFLICT (destination, key) DO NOTHING
RETURNING id;

-- name: find
SELECT o.id, o.destination, o.key, o.kind, o.subject, o.queued_by, o.queued_at, o.state, o.attempts,
       o.next_at, d.at AS tried_at, d.status, d.error
  FROM fangma.outbox AS o
  LEFT JOIN LATERAL (
    SELECT t.at, t.status, t.error
      FROM fangma.delivery AS t
     WHERE t.outbox_id = o.id
     ORDER BY t.attempt DESC
     LIMIT 1) AS d ON true
 WHERE o.destination = %(destination)s AND o.key = %(key)s;

-- name: listed
SELECT o.id, o.destination, o.key, o.kind, o.subject, o.queued_by, o.queued_at, o.state, o.attempts,
       o.next_at, d.at AS tried_at, d.status, d.error
  FROM fangma.outbox AS o
  LEFT JOIN LATERAL (
    SELECT t.at, t.status, t.error
      FROM fangma.delivery AS t
     WHERE t.outbox_id = o.id
     ORDER BY t.attempt DESC
     LIMIT 1) AS d ON true
 WHERE %(destination)s::text IS NULL OR o.destination = %(destination)s
 ORDER BY o.id DESC
 LIMIT %(limit)s;

-- name: claim
-- The message that has waited longest, for one sender; when that sender dies, another takes it over.
UPDATE fangma.outbox AS o
   SET attempts = o.attempts + 1, claimed_until = clock_timestamp() + %(lease)s::interval
 WHERE o.id = (
   SELECT w.id
     FROM fangma.outbox AS w
    WHERE w.state = 'waiting' AND w.destination = %(destination)s
      AND w.next_at <= clock_timestamp()
      AND (w.claimed_until IS NULL OR w.claimed_until <= clock_timestamp())
      AND (%(key)s::text IS NULL OR w.key = %(key)s)
    ORDER BY w.next_at, w.id
    LIMIT 1
      FOR UPDATE SKIP LOCKED)
RETURNING o.id, o.destination, o.key, o.kind, o.subject, o.body, o.queued_at, o.attempts;

-- name: settle
-- A message that another sender has settled meanwhile stays as it is.
UPDATE fangma.outbox
   SET state = %(state)s, claimed_until = NULL,
       next_at = clock_timestamp() + %(pause)s::interval
 WHERE id = %(id)s AND state = 'waiting';

-- name: add_delivery
INSERT INTO fangma.delivery (outbox_id, attempt, status, error, seconds)
VALUES (%(id)s, %(attempt)s, %(status)s, %(error)s, %(seconds)s)
ON CONFLICT (outbox_id, attempt) DO NOTHING;

-- name: waiting
SELECT count(*)
  FROM fangma.outbox
 WHERE destination = %(destination)s AND state = 'waiting';
