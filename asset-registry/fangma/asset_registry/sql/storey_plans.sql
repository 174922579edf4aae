-- Plans of the storeys on which some rooms lie, for the drawings of an audit.

-- name: rooms
-- Every room of these storeys with its footprint, as its reader may see it.
SELECT f.code AS storey, b.code AS building, e.code, s.number, s.name,
       ST_AsGeoJSON(h.footprint, 2)::jsonb AS footprint
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE c.site_id = %(site_id)s AND e.kind = 'room' AND h.footprint IS NOT NULL
   AND s.storey_id IN (
     SELECT t.storey_id
       FROM fangma.entry AS o
       JOIN fangma.state AS t
         ON t.entry_id = o.id AND t.valid @> %(at)s AND t.recorded @> %(known)s
      WHERE o.code = ANY(%(codes)s)
   )
 ORDER BY f.code, e.code;

-- name: storey
-- Every room of one storey with its footprint, as its reader may see it.
SELECT e.code, s.number, s.name, s.use, h.area_m2, b.code AS building,
       ST_AsGeoJSON(h.footprint, 3)::jsonb AS footprint
  FROM fangma.entry AS f
  JOIN fangma.state AS s
    ON s.storey_id = f.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.entry AS e ON e.id = s.entry_id
  JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
 WHERE f.code = %(code)s AND e.kind = 'room' AND h.footprint IS NOT NULL
 ORDER BY e.code;
