-- Streams and what they are bound to.

-- name: ids_of
SELECT sensor, id
  FROM fangma.stream
 WHERE sensor = ANY (%(sensors)s);

-- name: known_of
-- What judging the readings of some sensors needs.
SELECT s.sensor, s.id, s.property, s.unit, n.at, n.number
  FROM fangma.stream AS s
  LEFT JOIN fangma.newest_observation AS n ON n.stream_id = s.id
 WHERE s.sensor = ANY (%(sensors)s);

-- name: add_unknown
-- What reports and was never declared is a stream too.
INSERT INTO fangma.stream (sensor, declared)
SELECT sensor, false
  FROM unnest(%(sensors)s::text[]) AS heard (sensor)
 ORDER BY sensor
ON CONFLICT (sensor) DO NOTHING;

-- name: declare
INSERT INTO fangma.stream (sensor, declared, name, property, unit, protocol, address, notes)
VALUES (%(sensor)s, true, %(name)s, %(property)s, %(unit)s, %(protocol)s, %(address)s, %(notes)s)
ON CONFLICT (sensor) DO UPDATE
   SET declared = true, name = excluded.name, property = excluded.property, unit = excluded.unit,
       protocol = excluded.protocol, address = excluded.address, notes = excluded.notes;

-- name: streams
SELECT s.id, s.sensor, s.declared, s.name, s.property AS observed_property, s.unit, s.protocol, s.address,
       e.code AS code, e.kind AS kind, s.scope_id, c.secret AS secret,
       (SELECT t.use
          FROM fangma.state AS t
         WHERE t.entry_id = s.entry_id AND upper_inf(t.recorded) AND t.valid @> now()) AS use,
       n.at, n.number, n.word, n.quality, n.recorded_at AS heard_at
  FROM fangma.stream AS s
  LEFT JOIN fangma.entry AS e ON e.id = s.entry_id
  LEFT JOIN fangma.scope AS c ON c.id = s.scope_id
  LEFT JOIN fangma.newest_observation AS n ON n.stream_id = s.id
 WHERE (%(after)s::integer IS NULL OR s.id > %(after)s)
   AND (%(sensor)s::text IS NULL OR s.sensor = %(sensor)s)
   AND (%(ids)s::integer[] IS NULL OR s.id = ANY (%(ids)s))
   AND (%(code)s::text IS NULL OR e.code = %(code)s)
   AND (%(codes)s::text[] IS NULL OR e.code = ANY (%(codes)s) OR s.sensor = ANY (%(sensors)s))
   AND (%(within)s::uuid IS NULL
        OR s.entry_id = %(within)s
        OR EXISTS (
          SELECT
            FROM fangma.state AS t
           WHERE t.entry_id = s.entry_id AND upper_inf(t.recorded) AND t.valid @> now()
             AND %(within)s IN (t.storey_id, t.building_id)))
   AND (%(bound)s::boolean IS NULL
        OR (s.entry_id IS NOT NULL OR s.protocol IS NOT DISTINCT FROM 'derived') = %(bound)s)
   AND (%(declared)s::boolean IS NULL OR s.declared = %(declared)s)
   AND (%(since)s::timestamptz IS NULL OR n.recorded_at >= %(since)s)
   AND (%(property)s::text IS NULL OR s.property = %(property)s)
   AND (%(holds)s::text IS NULL
        OR s.sensor ILIKE %(holds)s OR s.name ILIKE %(holds)s OR e.code ILIKE %(holds)s)
 ORDER BY s.id
 LIMIT %(limit)s;

-- name: counts
-- How many streams there are of each property in each building, without a row of any.
SELECT b.code AS building, s.property AS observed_property, count(*) AS streams,
       count(*) FILTER (WHERE s.entry_id IS NULL AND s.protocol IS DISTINCT FROM 'derived') AS unbound,
       count(*) FILTER (WHERE NOT s.declared) AS undeclared,
       count(*) FILTER (WHERE n.at > now() - %(fresh)s::interval) AS fresh
  FROM fangma.stream AS s
  LEFT JOIN fangma.scope AS c ON c.id = s.scope_id
  LEFT JOIN fangma.entry AS b ON b.id = c.building_id
  LEFT JOIN fangma.newest_observation AS n ON n.stream_id = s.id
 GROUP BY b.code, s.property
 ORDER BY b.code NULLS FIRST, s.property NULLS FIRST;

-- name: entries_of
SELECT code, id, scope_id
  FROM fangma.entry
 WHERE code = ANY (%(codes)s);

-- name: called
-- The things of a site that are there now and are called by one of some words: by name, by number, or
-- by the GlobalId under which a model holds them.
SELECT e.code, e.kind, s.name, s.number, b.code AS building,
       ARRAY(SELECT o.guid
               FROM fangma.source AS o
              WHERE o.entry_id = e.id AND o.until_id IS NULL AND o.guid = ANY (%(words)s)) AS guids
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id AND c.site_id = %(site_id)s
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE e.code IS NOT NULL
   AND (s.name = ANY (%(words)s) OR s.number = ANY (%(words)s)
        OR e.id IN (SELECT o.entry_id
                      FROM fangma.source AS o
                     WHERE o.guid = ANY (%(words)s) AND o.until_id IS NULL))
 ORDER BY e.code;

-- name: close_bindings
-- Whatever the streams were held to watch within `valid` is no longer held; what lies outside stays.
WITH closed AS (
  UPDATE fangma.binding AS b
     SET recorded = tstzrange(lower(b.recorded), %(recorded_at)s), closed_by = %(revision)s
   WHERE b.stream_id = ANY (%(streams)s) AND upper_inf(b.recorded) AND b.valid && %(valid)s
  RETURNING b.*)
INSERT INTO fangma.binding (stream_id, entry_id, scope_id, valid, recorded, revision_id)
SELECT stream_id, entry_id, scope_id, valid * outside, tstzrange(%(recorded_at)s, NULL), %(revision)s
  FROM closed, unnest(ARRAY[%(before)s, %(after)s]::tstzrange[]) AS outside
 WHERE valid && outside;

-- name: bound_ever
SELECT DISTINCT stream_id
  FROM fangma.binding
 WHERE stream_id = ANY (%(streams)s);

-- name: add_bindings
INSERT INTO fangma.binding (stream_id, entry_id, scope_id, valid, recorded, revision_id)
SELECT t.stream_id, e.id, e.scope_id, %(valid)s, tstzrange(%(recorded_at)s, NULL), %(revision)s
  FROM unnest(%(streams)s::integer[], %(entries)s::uuid[]) AS t (stream_id, entry_id)
  JOIN fangma.entry AS e ON e.id = t.entry_id;

-- name: point_streams
-- What the streams watch now follows from their bindings.
UPDATE fangma.stream AS s
   SET entry_id = b.entry_id, scope_id = b.scope_id
  FROM unnest(%(streams)s::integer[]) AS t (stream_id)
  LEFT JOIN fangma.binding AS b
    ON b.stream_id = t.stream_id AND upper_inf(b.recorded) AND b.valid @> %(now)s::timestamptz
 WHERE s.id = t.stream_id
   AND (s.entry_id, s.scope_id) IS DISTINCT FROM (b.entry_id, b.scope_id);

-- name: bindings
SELECT s.sensor, e.code, lower(b.valid) AS since, upper(b.valid) AS until
  FROM fangma.binding AS b
  JOIN fangma.stream AS s ON s.id = b.stream_id
  JOIN fangma.entry AS e ON e.id = b.entry_id
 WHERE b.recorded @> %(known)s AND b.valid @> %(at)s
 ORDER BY s.sensor;

-- name: states
-- Everything newest of whatever the given streams watch, but of nothing secret: the broker does not
-- know who listens.
SELECT s.id, s.sensor, s.declared, s.name, s.property AS observed_property, s.unit, s.protocol, s.address,
       e.code AS code, e.kind AS kind, s.scope_id, false AS secret, NULL::text AS use,
       n.at, n.number, n.word, n.quality, n.recorded_at AS heard_at
  FROM fangma.stream AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.scope AS c ON c.id = s.scope_id
  JOIN fangma.newest_observation AS n ON n.stream_id = s.id
 WHERE NOT c.secret
   AND e.code IS NOT NULL
   AND s.entry_id IN (SELECT entry_id FROM fangma.stream WHERE id = ANY (%(ids)s))
 ORDER BY e.code, s.sensor;

-- name: withdraw
UPDATE fangma.stream SET declared = false, protocol = %(protocol)s WHERE sensor = %(sensor)s;

-- name: describe
INSERT INTO fangma.description (set_name, key, body)
VALUES (%(set)s, %(key)s, %(body)s)
ON CONFLICT (set_name, key) DO UPDATE SET body = excluded.body;

-- name: is_modelled
SELECT EXISTS (SELECT FROM fangma.source WHERE entry_id = %(entry)s AND until_id IS NULL);

-- name: given_names
-- Names of the devices that stand in no file: made by a client, or for a camera of a table.
SELECT e.code, s.name
  FROM fangma.entry AS e
  JOIN fangma.state AS s ON s.entry_id = e.id AND upper_inf(s.recorded) AND s.valid @> now()
 WHERE e.kind = 'device' AND s.name IS NOT NULL
   AND NOT EXISTS (SELECT FROM fangma.source AS o WHERE o.entry_id = e.id);

-- name: descriptions
SELECT key, body
  FROM fangma.description
 WHERE set_name = %(set)s AND NOT body ? 'withdrawn'
 ORDER BY key;
