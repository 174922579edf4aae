-- Alarms: raised and cleared by the bridge, acknowledged and shelved by people.

-- name: alarms
SELECT a.id, s.sensor, e.code AS code, a.scope_id, a.rule, a.severity, a.state, a.message, a.raised_at, a.number,
       a.word, a.cleared_at, a.acknowledged_by, a.shelved_until
  FROM fangma.alarm AS a
  JOIN fangma.stream AS s ON s.id = a.stream_id
  LEFT JOIN fangma.entry AS e ON e.id = a.entry_id
 WHERE (%(states)s::text[] IS NULL OR a.state = ANY (%(states)s))
   AND (%(id)s::bigint IS NULL OR a.id = %(id)s)
 ORDER BY a.raised_at DESC, a.id DESC
 LIMIT %(limit)s;

-- name: lock
SELECT state
  FROM fangma.alarm
 WHERE id = %(id)s
   FOR UPDATE;

-- name: change
UPDATE fangma.alarm
   SET state = %(state)s, shelved_until = %(shelved_until)s,
       acknowledged_by = CASE WHEN %(state)s = 'acknowledged' THEN %(actor)s ELSE acknowledged_by END
 WHERE id = %(id)s;

-- name: note
INSERT INTO fangma.alarm_event (alarm_id, state, actor, note)
VALUES (%(id)s, %(state)s, %(actor)s, %(note)s);

-- name: raise
-- An alarm that is there already stays the one that it is.
INSERT INTO fangma.alarm (
  stream_id, entry_id, scope_id, rule, severity, state, message, raised_at, number, word)
SELECT s.id, s.entry_id, s.scope_id, %(rule)s, %(severity)s, 'active', %(message)s, %(raised_at)s,
       %(number)s, %(word)s
  FROM fangma.stream AS s
 WHERE s.id = %(stream_id)s
ON CONFLICT (stream_id, rule) WHERE state <> 'cleared' DO NOTHING
RETURNING id;

-- name: clear
UPDATE fangma.alarm
   SET state = 'cleared', cleared_at = greatest(%(at)s, raised_at), shelved_until = NULL
 WHERE stream_id = %(stream_id)s
   AND rule = %(rule)s
   AND state <> 'cleared'
RETURNING id;

-- name: unshelve_expired
UPDATE fangma.alarm
   SET state = 'active', shelved_until = NULL
 WHERE state = 'shelved'
   AND shelved_until <= now()
RETURNING id;

-- name: open
SELECT stream_id, rule
  FROM fangma.alarm
 WHERE state <> 'cleared';

-- name: heard
-- When each declared stream was last heard, by our clock.
SELECT n.stream_id, n.recorded_at
  FROM fangma.newest_observation AS n
  JOIN fangma.stream AS s ON s.id = n.stream_id
 WHERE s.declared;

-- name: announce
SELECT pg_notify('fangma_live', 'alarms');
