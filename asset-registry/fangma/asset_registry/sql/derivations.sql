-- Derived streams: what is defined, the tree that it stands on, and the readings that go in. Nothing
-- secret goes in: a sum that a reader may see must not hold what he may not see.

-- name: add
INSERT INTO fangma.derivation (site_id, name, property, function, of_what, unit, levels, fresh_s,
                               least_share, recorded, revision_id)
VALUES (%(site_id)s, %(name)s, %(property)s, %(function)s, %(of_what)s, %(unit)s, %(levels)s,
        %(fresh_s)s, %(least_share)s, tstzrange(%(recorded_at)s, NULL), %(revision)s);

-- name: close
UPDATE fangma.derivation
   SET recorded = tstzrange(lower(recorded), %(recorded_at)s), closed_by = %(revision)s
 WHERE site_id = %(site_id)s AND name = %(name)s AND upper_inf(recorded);

-- name: filled
UPDATE fangma.derivation SET filled_until = %(until)s WHERE id = %(id)s;

-- name: derivations
-- Those that hold, or with `ever` all that ever did; the revision says who and when.
SELECT d.id, d.site_id, e.code AS site, d.name, d.property AS observed_property, d.function, d.of_what,
       d.unit, d.levels, d.fresh_s, d.least_share, d.filled_until, lower(d.recorded) AS since,
       upper(d.recorded) AS until, r.actor, r.reason
  FROM fangma.derivation AS d
  JOIN fangma.entry AS e ON e.id = d.site_id
  JOIN fangma.revision AS r ON r.id = d.revision_id
 WHERE (%(site_id)s::uuid IS NULL OR d.site_id = %(site_id)s)
   AND (%(name)s::text IS NULL OR d.name = %(name)s)
   AND (%(ever)s OR upper_inf(d.recorded))
 ORDER BY e.code, d.name, lower(d.recorded);

-- name: properties
-- Which of some properties streams have that were not derived.
SELECT DISTINCT property
  FROM fangma.stream
 WHERE property = ANY (%(properties)s) AND protocol IS DISTINCT FROM 'derived';

-- name: made
-- Which of some streams are there, and are no derived ones.
SELECT sensor
  FROM fangma.stream
 WHERE sensor = ANY (%(sensors)s) AND protocol IS DISTINCT FROM 'derived';

-- name: undeclare
-- What is no longer derived stays as it was told, and is waited for by nobody.
UPDATE fangma.stream
   SET declared = false
 WHERE protocol = 'derived' AND address = %(address)s;

-- name: state
-- Changes with whatever the tree or the streams in it are made from.
SELECT (SELECT max(id) FROM fangma.revision) AS revision,
       (SELECT count(*) FROM fangma.stream WHERE declared) AS declared,
       (SELECT md5(string_agg(s.id || ' ' || s.property || ' ' || coalesce(s.unit, ''), ',' ORDER BY s.id))
          FROM fangma.stream AS s
         WHERE s.property = ANY (%(properties)s)) AS streams;

-- name: sources
SELECT s.id, s.sensor, s.property, s.unit, s.entry_id
  FROM fangma.stream AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE c.site_id = %(site_id)s AND NOT c.secret
   AND s.property = ANY (%(properties)s)
   AND s.protocol IS DISTINCT FROM 'derived'
 ORDER BY s.id;

-- name: places
-- Some entries that are there now, with what they lie in.
SELECT e.id, e.code, e.kind, t.name, t.storey_id, t.building_id,
       (SELECT h.area_m2
          FROM fangma.shape AS h
         WHERE h.entry_id = e.id AND upper_inf(h.recorded) AND h.valid @> now()) AS area_m2
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS t ON t.entry_id = e.id AND upper_inf(t.recorded) AND t.valid @> now()
 WHERE c.site_id = %(site_id)s AND NOT c.secret AND e.code IS NOT NULL
   AND (e.kind IN ('storey', 'building') OR %(rooms)s AND e.kind = 'room' OR e.id = ANY (%(entries)s))
 ORDER BY e.code;

-- name: holders
-- How many hold each room for each unit now.
SELECT a.entry_id, u.code, count(*)
  FROM fangma.assignment AS a
  LEFT JOIN fangma.post AS p
    ON p.person_id = a.person_id AND upper_inf(p.recorded) AND p.valid @> now()
  JOIN fangma.unit AS u ON u.id = coalesce(a.unit_id, p.unit_id)
 WHERE u.site_id = %(site_id)s AND upper_inf(a.recorded) AND a.valid @> now()
 GROUP BY a.entry_id, u.code
 ORDER BY a.entry_id, u.code;

-- name: unit_names
SELECT u.code, s.name
  FROM fangma.unit AS u
  JOIN fangma.unit_state AS s ON s.unit_id = u.id AND upper_inf(s.recorded) AND s.valid @> now()
 WHERE u.site_id = %(site_id)s;

-- name: newest
-- The newest numbers of some streams that came since a time, by our clock; those that cannot be, too.
SELECT n.stream_id, n.number, n.quality, n.recorded_at
  FROM fangma.newest_observation AS n
 WHERE n.stream_id = ANY (%(streams)s) AND n.recorded_at >= %(since)s;

-- name: first_hour
SELECT min(r.at)
  FROM fangma.rollup AS r
 WHERE r.span = 1 AND r.stream_id = ANY (%(streams)s) AND r.at >= %(since)s;

-- name: hours
-- What some streams read in the hours from `start` (included) to `until`.
SELECT r.stream_id, r.at, r.sum / r.usable AS mean, r.first, r.last, r.least, r.most
  FROM fangma.rollup AS r
 WHERE r.span = 1 AND r.stream_id = ANY (%(streams)s) AND r.usable > 0
   AND r.at >= %(start)s AND r.at < %(until)s
 ORDER BY r.stream_id, r.at;
