-- Outlines in plan as they were measured, for those who reckon again.

-- name: outlines
-- In the site's own projected CRS, to a tenth of a millimetre, holes included.
SELECT e.code, e.kind, b.code AS building, f.code AS storey, s.number, s.name, s.use, h.area_m2,
       h.method, ST_AsGeoJSON(h.footprint, 4) AS footprint
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE c.site_id = %(site_id)s AND e.kind = %(kind)s AND h.footprint IS NOT NULL
   AND h.kernel IS DISTINCT FROM 'box'
 ORDER BY e.code;
