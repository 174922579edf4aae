-- Sites, and the tree under each.

-- name: places
-- The sites that the reader may see anything of, as of a moment.
SELECT t.entry_id AS id, e.code, t.name, t.division, t.epsg, t.origin, t.latitude, t.longitude
  FROM fangma.site AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
 WHERE e.revision_id <= %(revision)s
 ORDER BY e.code;

-- name: staffed
-- Sites of which tables told units, as of a moment.
SELECT DISTINCT site_id FROM fangma.unit WHERE revision_id <= %(revision)s;

-- name: sites
-- What each site holds that the reader may see, as of a moment.
SELECT t.entry_id AS id, e.code, t.name, t.division, t.epsg, t.origin, t.latitude, t.longitude,
       count(s.entry_id) FILTER (WHERE n.kind = 'building') AS buildings,
       count(s.entry_id) FILTER (WHERE n.kind = 'room') AS rooms,
       coalesce(sum(h.area_m2) FILTER (WHERE n.kind = 'room'), 0) AS area_m2
  FROM fangma.site AS t
  JOIN fangma.entry AS e ON e.id = t.entry_id
  LEFT JOIN fangma.scope AS c ON c.site_id = t.entry_id
  LEFT JOIN fangma.entry AS n ON n.scope_id = c.id AND n.kind IN ('building', 'room')
  LEFT JOIN fangma.state AS s
    ON s.entry_id = n.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = s.entry_id AND h.valid @> %(at)s AND h.recorded @> %(known)s
 WHERE e.revision_id <= %(revision)s
 GROUP BY t.entry_id, e.code
 ORDER BY e.code;

-- name: tree
-- Buildings and storeys of a site with what they hold, lowest storey first; beside each what the site
-- holds, rooms without a storey too.
WITH r AS (
  SELECT q.storey_id, count(*) AS rooms, sum(h.area_m2) AS area_m2
    FROM fangma.scope AS d
    JOIN fangma.entry AS n ON n.scope_id = d.id AND n.kind = 'room'
    JOIN fangma.state AS q
      ON q.entry_id = n.id AND q.valid @> %(at)s AND q.recorded @> %(known)s
    LEFT JOIN fangma.shape AS h
      ON h.entry_id = n.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
   WHERE d.site_id = %(site_id)s
   GROUP BY q.storey_id)
SELECT e.id, e.code, e.kind, s.name, s.elevation_m, s.building_id,
       coalesce(r.rooms, 0) AS rooms, coalesce(r.area_m2, 0) AS area_m2,
       coalesce((SELECT sum(r.rooms) FROM r), 0)::bigint AS site_rooms,
       coalesce((SELECT sum(r.area_m2) FROM r), 0) AS site_area_m2
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN r ON r.storey_id = e.id
 WHERE c.site_id = %(site_id)s AND e.kind IN ('building', 'storey')
 ORDER BY e.kind, s.elevation_m NULLS FIRST, e.code;

-- name: add_site
INSERT INTO fangma.site (entry_id, division, name, epsg, origin, latitude, longitude)
VALUES (%(entry_id)s, %(division)s, %(name)s, %(epsg)s, %(origin)s, %(latitude)s, %(longitude)s);
