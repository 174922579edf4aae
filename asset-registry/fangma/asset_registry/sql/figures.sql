-- What figures of a site are counted from, beyond what moments and audits tell.

-- name: meter_hours
-- Energy meters that watch something of a site now, hour by hour.
SELECT s.sensor, e.code, s.unit, r.at, r.first, r.last
  FROM fangma.stream AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.rollup AS r ON r.span = 1 AND r.stream_id = s.id
 WHERE c.site_id = %(site_id)s
   AND s.property = 'energy'
   AND r.at >= %(start)s
   AND r.at <= %(end)s
   AND r.first IS NOT NULL
 ORDER BY s.id, r.at;

-- name: month_orders
-- Orders that were reported since a time, and how many of them are closed.
SELECT count(*) AS reported, count(*) FILTER (WHERE w.state = 'closed') AS closed
  FROM fangma.work_order AS o
  JOIN fangma.scope AS c ON c.id = o.scope_id
  JOIN LATERAL (
    SELECT x.state
      FROM fangma.work_order_step AS x
     WHERE x.order_id = o.id AND x.at <= %(at)s AND x.recorded_at <= %(known)s
     ORDER BY x.id DESC
     LIMIT 1) AS w ON true
 WHERE c.site_id = %(site_id)s
   AND o.at >= %(start)s
   AND o.at <= %(at)s;

-- name: site_people
-- How many people each site has.
SELECT e.code AS site,
       (SELECT count(DISTINCT p.person_id)
          FROM fangma.post AS p
          JOIN fangma.person AS n ON n.id = p.person_id
         WHERE n.site_id = t.entry_id AND p.valid @> %(at)s AND p.recorded @> %(known)s) AS people
  FROM fangma.site AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
 WHERE e.revision_id <= %(revision)s;

-- name: site_tallies
-- What goes on in each site, for the map of all: alarms that are not over, open orders, sensors.
SELECT e.code AS site,
       (SELECT count(*)
          FROM fangma.alarm AS a
          JOIN fangma.scope AS c ON c.id = a.scope_id
         WHERE c.site_id = t.entry_id AND a.state IN ('active', 'acknowledged')) AS alarms,
       (SELECT count(*)
          FROM fangma.work_order AS o
          JOIN fangma.scope AS c ON c.id = o.scope_id
          JOIN LATERAL (
            SELECT x.state
              FROM fangma.work_order_step AS x
             WHERE x.order_id = o.id AND x.at <= %(at)s AND x.recorded_at <= %(known)s
             ORDER BY x.id DESC
             LIMIT 1) AS w ON w.state NOT IN ('closed', 'rejected')
         WHERE c.site_id = t.entry_id) AS orders,
       (SELECT count(*)
          FROM fangma.stream AS s
          JOIN fangma.scope AS c ON c.id = s.scope_id
         WHERE c.site_id = t.entry_id) AS sensors
  FROM fangma.site AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
 WHERE e.revision_id <= %(revision)s
 ORDER BY e.code;
