-- What the audit is told of a site, as of a moment. Days are days in China (UTC+8, without the summer
-- times that Asia/Shanghai had until 1991); the last day of a half-open range is the one that its end
-- does not touch. Columns stand in the order in which store/audit_facts.py takes them. Large results are
-- sorted by code, so that what the audit walks together lies together in memory. A comment "of these"
-- is where a query can be narrowed to the things that changed.

-- name: room_to_sort
-- Tens of thousands of rows are joined and sorted in memory rather than through files.
SELECT set_config('work_mem', '128MB', true);

-- name: is_large
-- Whether a site has so many rooms that a second connection is worth opening.
SELECT EXISTS (SELECT FROM fangma.entry WHERE kind = 'room' OFFSET %(large)s);

-- name: rooms
-- A bounding box that stands for a body is no measurement.
SELECT e.code, b.code AS building, f.code AS storey, s.number, s.name, s.use,
       CASE WHEN h.kernel IS DISTINCT FROM 'box' THEN h.area_m2 END AS area_m2,
       CASE WHEN h.kernel IS DISTINCT FROM 'box' THEN h.method END AS method,
       h.mesh_hash AS shape, NULLIF(h.declared, '[]') AS declared,
       CASE WHEN h.kernel IS DISTINCT FROM 'box' THEN h.floor_z END AS floor_z, h.ceiling_z,
       l.area_m2 AS ledger_m2, l.use AS registered_use, l.certificate,
       l.certificate_m2, u.code AS ledger_unit,
       CASE WHEN l.annex_of IS NOT NULL
            THEN (SELECT a.code FROM fangma.entry AS a WHERE a.id = l.annex_of) END AS annex_of,
       l.rest_room_m2, l.toilet_m2, l.sealed_on, l.idle_reason
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
  LEFT JOIN fangma.unit AS u ON u.id = l.unit_id
 WHERE e.kind = 'room' AND c.site_id = %(site_id)s /* of these rooms */
 ORDER BY e.code;

-- name: buildings
SELECT e.code, s.name, r.height_m, r.gross_m2, r.net_m2
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.building_record AS r
    ON r.entry_id = e.id AND r.valid @> %(at)s AND r.recorded @> %(known)s
 WHERE e.kind = 'building' AND c.site_id = %(site_id)s
 ORDER BY e.code;

-- name: units
SELECT u.code, s.name, p.code AS parent, s.organ_class, s.unit_rank, s.authorised, s.posts, s.division
  FROM fangma.unit AS u
  JOIN fangma.unit_state AS s
    ON s.unit_id = u.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.unit AS p ON p.id = s.parent_id
 WHERE u.site_id = %(site_id)s
 ORDER BY u.code;

-- name: people
SELECT p.code, u.code AS unit, s.rank, s.post, s.status, s.left_on, NULLIF(s.second, '[]') AS second
  FROM fangma.person AS p
  JOIN fangma.post AS s
    ON s.person_id = p.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.unit AS u ON u.id = s.unit_id
 WHERE p.site_id = %(site_id)s /* of these people */
 ORDER BY p.code;

-- name: assignments
-- Those that hold on any part of the day.
SELECT e.code AS room, p.code AS person, u.code AS unit, a.use,
       (lower(a.valid) AT TIME ZONE INTERVAL '08:00')::date AS since,
       ((upper(a.valid) AT TIME ZONE INTERVAL '08:00') - INTERVAL '1 microsecond')::date AS until
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
  JOIN fangma.scope AS c ON c.id = a.scope_id
  LEFT JOIN fangma.person AS p ON p.id = a.person_id
  LEFT JOIN fangma.unit AS u ON u.id = a.unit_id
 WHERE c.site_id = %(site_id)s AND a.recorded @> %(known)s AND a.valid && %(day)s
   AND (p.id IS NOT NULL OR u.id IS NOT NULL) /* of these rooms */
 ORDER BY e.code;

-- name: ended
-- Since when rooms may stand empty: the day after the last of their assignments that have ended.
SELECT e.code, max(((upper(a.valid) AT TIME ZONE INTERVAL '08:00') - INTERVAL '1 microsecond')::date) + 1
  FROM fangma.assignment AS a
  JOIN fangma.entry AS e ON e.id = a.entry_id
  JOIN fangma.scope AS c ON c.id = a.scope_id
 WHERE c.site_id = %(site_id)s AND a.recorded @> %(known)s AND upper(a.valid) <= lower(%(day)s)
       /* of these rooms */
 GROUP BY e.code;

-- name: leases
-- Of all times: rent of what has ended may still be owed.
SELECT e.code AS room, l.direction, NULLIF(l.tenant, '') AS tenant,
       (lower(l.valid) AT TIME ZONE INTERVAL '08:00')::date AS since,
       ((upper(l.valid) AT TIME ZONE INTERVAL '08:00') - INTERVAL '1 microsecond')::date AS until,
       l.due, l.paid
  FROM fangma.lease AS l
  JOIN fangma.entry AS e ON e.id = l.entry_id
  JOIN fangma.scope AS c ON c.id = l.scope_id
 WHERE c.site_id = %(site_id)s AND l.recorded @> %(known)s /* of these rooms */
 ORDER BY e.code, l.direction, l.tenant, l.valid;

-- name: titles
SELECT e.code, t.certificate, t.holder, t.status, t.area_m2, t.use, t.registered_on
  FROM fangma.title AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
  JOIN fangma.scope AS c ON c.id = t.scope_id
 WHERE c.site_id = %(site_id)s AND t.valid @> %(at)s AND t.recorded @> %(known)s
 ORDER BY e.code, t.certificate;

-- name: booked
-- How many rows the ledger has; where that many rooms are in it, none is lost.
SELECT count(*)
  FROM fangma.ledger AS l
  JOIN fangma.scope AS c ON c.id = l.scope_id
 WHERE c.site_id = %(site_id)s AND l.valid @> %(at)s AND l.recorded @> %(known)s;

-- name: lost
-- Rows of the ledger whose room is not there (有账无物).
SELECT e.code, l.area_m2
  FROM fangma.ledger AS l
  JOIN fangma.entry AS e ON e.id = l.entry_id
  JOIN fangma.scope AS c ON c.id = l.scope_id
 WHERE c.site_id = %(site_id)s AND l.valid @> %(at)s AND l.recorded @> %(known)s
   AND NOT EXISTS (
     SELECT
       FROM fangma.state AS s
      WHERE s.entry_id = l.entry_id AND s.valid @> %(at)s AND s.recorded @> %(known)s)
 ORDER BY e.code;

-- name: presence
-- What counters in rooms say: since when and until when they counted, and when somebody was last
-- there. Looked back at most two years, along the key of each stream. Observations come without
-- revisions: those that had arrived by a day after the moment count, or by then known.
SELECT e.code,
       (min(o.first) AT TIME ZONE INTERVAL '08:00')::date,
       (max(o.last) AT TIME ZONE INTERVAL '08:00')::date,
       (max(o.present) AT TIME ZONE INTERVAL '08:00')::date
  FROM fangma.binding AS b
  JOIN fangma.stream AS t ON t.id = b.stream_id
  JOIN fangma.entry AS e ON e.id = b.entry_id AND e.kind = 'room'
  JOIN fangma.scope AS c ON c.id = b.scope_id
 CROSS JOIN LATERAL (
   SELECT (SELECT x.at
             FROM fangma.observation AS x
            WHERE x.stream_id = b.stream_id AND x.at <@ b.valid AND x.recorded_at <= %(heard)s
              AND x.at BETWEEN %(at)s - INTERVAL '2 years' AND %(at)s
            ORDER BY x.at
            LIMIT 1) AS first,
          (SELECT x.at
             FROM fangma.observation AS x
            WHERE x.stream_id = b.stream_id AND x.at <@ b.valid AND x.recorded_at <= %(heard)s
              AND x.at BETWEEN %(at)s - INTERVAL '2 years' AND %(at)s
            ORDER BY x.at DESC
            LIMIT 1) AS last,
          (SELECT x.at
             FROM fangma.observation AS x
            WHERE x.stream_id = b.stream_id AND x.at <@ b.valid AND x.recorded_at <= %(heard)s
              AND x.at BETWEEN %(at)s - INTERVAL '2 years' AND %(at)s AND x.number > 0
            ORDER BY x.at DESC
            LIMIT 1) AS present) AS o
 WHERE c.site_id = %(site_id)s AND b.valid @> %(at)s AND b.recorded @> %(known)s
   AND (t.property ~* %(watching)s OR t.unit ~* %(counting_unit)s) AND o.first IS NOT NULL
       /* of these rooms */
 GROUP BY e.code;

-- name: division
SELECT division
  FROM fangma.site
 WHERE entry_id = %(site_id)s;

-- name: holds_until
-- The next time at which something begins or ends that does not hold for whole days.
SELECT min(t.at)
  FROM (SELECT valid, recorded FROM fangma.state
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))
         UNION ALL SELECT valid, recorded FROM fangma.shape
         WHERE NOT (lower_inf(valid) AND upper_inf(valid))
         UNION ALL SELECT valid, recorded FROM fangma.ledger
         UNION ALL SELECT valid, recorded FROM fangma.unit_state
         UNION ALL SELECT valid, recorded FROM fangma.post
         UNION ALL SELECT valid, recorded FROM fangma.building_record
         UNION ALL SELECT valid, recorded FROM fangma.title
         UNION ALL SELECT valid, recorded FROM fangma.binding) AS f,
       LATERAL (VALUES (lower(f.valid)), (upper(f.valid))) AS t (at)
 WHERE f.recorded @> %(known)s AND t.at > %(at)s AND isfinite(t.at);

-- name: sight
-- All that the reader may see, as one text: equal texts mean equal sight.
SELECT concat_ws(' ', fangma.reads_people(), (SELECT string_agg(id::text, ' ' ORDER BY id) FROM fangma.scope));

-- name: of_these_rooms
AND e.code = ANY (%(rooms)s)

-- name: of_these_people
AND p.code = ANY (%(people)s)
