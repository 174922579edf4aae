-- What one walks through: rooms and doors of some buildings.

-- name: floors
SELECT ST_AsBinary(h.footprint) AS outline, h.floor_z, h.ceiling_z, s.use, s.name
  FROM fangma.state AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id AND e.kind = 'room'
  JOIN fangma.entry AS b ON b.id = s.building_id AND b.code = ANY (%(buildings)s)
  JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
 WHERE s.valid @> %(at)s AND s.recorded @> %(known)s
   AND h.footprint IS NOT NULL AND h.floor_z IS NOT NULL
 ORDER BY e.ordinal;

-- name: doors
SELECT ST_X(ST_Centroid(h.extent)) AS x, ST_Y(ST_Centroid(h.extent)) AS y, ST_ZMin(h.extent) AS z
  FROM fangma.state AS s
  JOIN fangma.entry AS e ON e.id = s.entry_id AND e.kind = 'element'
  JOIN fangma.entry AS b ON b.id = s.building_id AND b.code = ANY (%(buildings)s)
  JOIN fangma.shape AS h ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
 WHERE s.valid @> %(at)s AND s.recorded @> %(known)s
   AND s.ifc_class LIKE 'IfcDoor%%' AND h.extent IS NOT NULL
 ORDER BY e.ordinal;
