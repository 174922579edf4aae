-- Work orders: the newest step says where each stands, as of a moment.

-- name: orders
SELECT o.id, o.number, e.code, e.kind, e.id AS entry_id, c.site_id, c.secret, s.name,
       s.number AS door, s.system, b.code AS building, f.code AS storey, o.fault, o.urgency,
       o.words AS text, o.origin, o.reporter, o.at, o.recorded_at,
       CASE WHEN o.point IS NULL THEN NULL
            ELSE ARRAY[ST_X(o.point), ST_Y(o.point), ST_Z(o.point)] END AS point,
       w.state, w.responsible, w.at AS since, t.due, t.minutes, t.cost, t.steps,
       (SELECT count(*)
          FROM fangma.work_order_photo AS p
         WHERE p.order_id = o.id AND p.recorded_at <= %(known)s) AS photos
  FROM fangma.work_order AS o
  JOIN fangma.entry AS e ON e.id = o.entry_id
  JOIN fangma.scope AS c ON c.id = o.scope_id
  JOIN LATERAL (
    SELECT x.state, x.responsible, x.at
      FROM fangma.work_order_step AS x
     WHERE x.order_id = o.id AND x.at <= %(at)s AND x.recorded_at <= %(known)s
     ORDER BY x.id DESC
     LIMIT 1) AS w ON true
  JOIN LATERAL (
    SELECT (array_agg(x.due ORDER BY x.id DESC) FILTER (WHERE x.due IS NOT NULL))[1] AS due,
           sum(x.minutes)::integer AS minutes, sum(x.cost) AS cost, count(*) AS steps
      FROM fangma.work_order_step AS x
     WHERE x.order_id = o.id AND x.at <= %(at)s AND x.recorded_at <= %(known)s) AS t ON true
  -- What the thing is called now; a retired one as it was last.
  LEFT JOIN LATERAL (
    SELECT a.name, a.number, a.system, a.building_id, a.storey_id
      FROM fangma.state AS a
     WHERE a.entry_id = e.id AND a.recorded @> %(known)s
     ORDER BY a.valid @> %(at)s DESC, a.valid DESC
     LIMIT 1) AS s ON true
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE (%(id)s::uuid IS NULL OR o.id = %(id)s)
   AND (%(number)s::bigint IS NULL OR o.number = %(number)s)
   AND (%(entries)s::uuid[] IS NULL OR o.entry_id = ANY (%(entries)s))
   AND (%(site_id)s::uuid IS NULL OR c.site_id = %(site_id)s)
   AND (%(states)s::text[] IS NULL OR w.state = ANY (%(states)s))
   AND (%(responsible)s::text IS NULL OR w.responsible = %(responsible)s)
   AND (%(before)s::bigint IS NULL OR o.number < %(before)s)
 ORDER BY o.number DESC
 LIMIT %(limit)s;

-- name: entries_within
-- Things with an order whose middle lies in a room or in its wall, and the room itself.
SELECT DISTINCT o.entry_id
  FROM fangma.work_order AS o
  LEFT JOIN fangma.shape AS t
    ON t.entry_id = o.entry_id AND t.recorded @> %(known)s AND t.valid @> %(at)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = %(id)s AND h.recorded @> %(known)s AND h.valid @> %(at)s
 WHERE o.entry_id = %(id)s
    OR (ST_DWithin(h.footprint, ST_Force2D(ST_Centroid(t.extent)), 0.25)
        AND (ST_ZMin(t.extent) + ST_ZMax(t.extent)) / 2
            BETWEEN h.floor_z - 0.3 AND h.ceiling_z + 0.6);

-- name: steps
SELECT x.key, x.deed, x.state, x.responsible, x.actor, x.note, x.due, x.parts, x.minutes, x.cost, x.at,
       x.recorded_at
  FROM fangma.work_order_step AS x
 WHERE x.order_id = %(id)s AND x.at <= %(at)s AND x.recorded_at <= %(known)s
 ORDER BY x.id;

-- name: photos
SELECT sha256, width, height, bytes, actor, recorded_at
  FROM fangma.work_order_photo
 WHERE order_id = %(id)s AND recorded_at <= %(known)s
 ORDER BY recorded_at, sha256;

-- name: head
-- What was reported under an id, whoever sees it: an id names one order.
SELECT o.number, e.code, o.fault, o.urgency, o.words, o.reporter
  FROM fangma.work_order AS o
  JOIN fangma.entry AS e ON e.id = o.entry_id
 WHERE o.id = %(id)s;

-- name: add
INSERT INTO fangma.work_order (
  id, entry_id, scope_id, fault, urgency, words, origin, reporter, point, at, recorded_at, revision_id)
SELECT %(id)s, e.id, e.scope_id, %(fault)s, %(urgency)s, %(words)s, %(origin)s, %(reporter)s,
       CASE WHEN %(x)s::double precision IS NULL THEN NULL
            ELSE ST_SetSRID(ST_MakePoint(%(x)s, %(y)s, %(z)s), 0) END,
       least(%(at)s, %(recorded_at)s), %(recorded_at)s, %(revision)s
  FROM fangma.entry AS e
 WHERE e.id = %(entry_id)s
RETURNING number;

-- name: add_step
INSERT INTO fangma.work_order_step (
  key, order_id, deed, state, responsible, actor, note, due, parts, minutes, cost, at, recorded_at,
  revision_id)
VALUES (%(key)s, %(order_id)s, %(deed)s, %(state)s, %(responsible)s, %(actor)s, %(note)s, %(due)s,
        %(parts)s, %(minutes)s, %(cost)s, least(%(at)s, %(recorded_at)s), %(recorded_at)s, %(revision)s);

-- name: step_of_key
SELECT order_id, deed
  FROM fangma.work_order_step
 WHERE key = %(key)s;

-- name: standing
SELECT state, responsible
  FROM fangma.work_order_step
 WHERE order_id = %(id)s
 ORDER BY id DESC
 LIMIT 1;

-- name: add_photo
INSERT INTO fangma.work_order_photo (
  order_id, sha256, width, height, bytes, actor, recorded_at, revision_id)
VALUES (%(order_id)s, %(sha256)s, %(width)s, %(height)s, %(bytes)s, %(actor)s, %(recorded_at)s,
        %(revision)s)
ON CONFLICT DO NOTHING;

-- name: photo_count
SELECT count(*)
  FROM fangma.work_order_photo
 WHERE order_id = %(id)s;

-- name: has_photo
SELECT EXISTS (
  SELECT FROM fangma.work_order_photo WHERE order_id = %(id)s AND sha256 = %(sha256)s);

-- name: photo_files
-- Every file that an order rests on, for `fangma verify`.
SELECT DISTINCT sha256 FROM fangma.work_order_photo ORDER BY sha256;

-- name: worker
SELECT id
  FROM fangma.account
 WHERE name = %(name)s AND NOT disabled AND 'maintainer' = ANY (roles);

-- name: workers
SELECT name, display_name
  FROM fangma.account
 WHERE NOT disabled AND 'maintainer' = ANY (roles)
 ORDER BY name;

-- name: sees_entry
SELECT EXISTS (SELECT FROM fangma.entry WHERE id = %(id)s);

-- name: reader
SELECT fangma.reader();
