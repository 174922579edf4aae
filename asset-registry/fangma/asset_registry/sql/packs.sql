-- What a phone takes along of a building: nothing secret, whoever asks, for a phone is lost.

-- name: things
SELECT e.code, e.kind, s.name, s.number AS door, f.code AS storey, s.system, s.use, p.position,
       CASE WHEN e.kind <> 'room' THEN r.code END AS room
  FROM fangma.state AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id AND e.code IS NOT NULL
  JOIN fangma.scope AS c ON c.id = e.scope_id AND NOT c.secret
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
  LEFT JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.valve_position AS p
    ON p.entry_id = e.id AND p.valid @> %(at)s AND p.recorded @> %(known)s
  LEFT JOIN LATERAL (
    SELECT o.code
      FROM fangma.shape AS g
      JOIN fangma.entry AS o ON o.id = g.entry_id AND o.kind = 'room'
      JOIN fangma.scope AS d ON d.id = o.scope_id AND NOT d.secret
     WHERE g.footprint && ST_Expand(ST_Force2D(ST_Centroid(h.extent)), 0.5)
       AND ST_DWithin(g.footprint, ST_Force2D(ST_Centroid(h.extent)), 0.5)
       AND g.valid @> %(at)s AND g.recorded @> %(known)s
       AND (ST_ZMin(h.extent) + ST_ZMax(h.extent)) / 2
           BETWEEN g.floor_z - 0.1 AND g.floor_z + greatest(g.ceiling_z - g.floor_z + 0.8, 3.4)
     ORDER BY round(ST_Distance(g.footprint, ST_Force2D(ST_Centroid(h.extent)))::numeric, 2),
              g.floor_z DESC
     LIMIT 1) AS r ON e.kind <> 'room'
 WHERE s.building_id = %(building_id)s AND s.valid @> %(at)s AND s.recorded @> %(known)s
   AND e.kind NOT IN ('building', 'storey', 'sensor', 'fitting')
 ORDER BY e.code;

-- name: storeys
SELECT e.code, s.name
  FROM fangma.state AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id AND e.kind = 'storey'
 WHERE s.building_id = %(building_id)s AND s.valid @> %(at)s AND s.recorded @> %(known)s
 ORDER BY s.elevation_m NULLS LAST, e.code;
