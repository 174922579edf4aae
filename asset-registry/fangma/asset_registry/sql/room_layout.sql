-- Where the rooms of a site lie to one another, for plans that move people.

-- name: spots
-- The middle of every room's floor, and its storey.
SELECT e.code, b.code AS building, f.code AS storey, s.use,
       ST_X(ST_Centroid(h.footprint)) AS x_m, ST_Y(ST_Centroid(h.footprint)) AS y_m
  FROM fangma.entry AS e
  JOIN fangma.scope AS c ON c.id = e.scope_id
  JOIN fangma.state AS s
    ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
  LEFT JOIN fangma.shape AS h
    ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
  LEFT JOIN fangma.entry AS b ON b.id = s.building_id
  LEFT JOIN fangma.entry AS f ON f.id = s.storey_id
 WHERE c.site_id = %(site_id)s AND e.kind = 'room'
 ORDER BY e.code;

-- name: beside
-- Rooms of one storey with no more than a wall between them.
WITH room AS MATERIALIZED (
  SELECT e.code, s.storey_id, h.footprint
    FROM fangma.entry AS e
    JOIN fangma.scope AS c ON c.id = e.scope_id
    JOIN fangma.state AS s
      ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
    JOIN fangma.shape AS h
      ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
   WHERE c.site_id = %(site_id)s AND e.kind = 'room' AND h.footprint IS NOT NULL)
SELECT a.code AS one, b.code AS other
  FROM room AS a
  JOIN room AS b
    ON b.storey_id = a.storey_id AND b.code > a.code
   AND ST_DWithin(a.footprint, b.footprint, %(wall_m)s)
 ORDER BY a.code, b.code;

-- name: doors
-- Rooms of one storey that one door touches: its box, and a hand's breadth more.
WITH room AS MATERIALIZED (
  SELECT e.code, s.storey_id, h.footprint
    FROM fangma.entry AS e
    JOIN fangma.scope AS c ON c.id = e.scope_id
    JOIN fangma.state AS s
      ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
    JOIN fangma.shape AS h
      ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
   WHERE c.site_id = %(site_id)s AND e.kind = 'room' AND h.footprint IS NOT NULL),
door AS MATERIALIZED (
  SELECT e.id, s.storey_id, ST_Expand(ST_Envelope(ST_Force2D(h.extent)), %(reach_m)s) AS box
    FROM fangma.entry AS e
    JOIN fangma.scope AS c ON c.id = e.scope_id
    JOIN fangma.state AS s
      ON s.entry_id = e.id AND s.valid @> %(at)s AND s.recorded @> %(known)s
    JOIN fangma.shape AS h
      ON h.entry_id = e.id AND h.valid @> %(at)s AND h.recorded @> %(known)s
   WHERE c.site_id = %(site_id)s AND e.kind = 'element' AND s.ifc_class LIKE 'IfcDoor%%'
     AND h.extent IS NOT NULL),
touched AS (
  SELECT d.id, r.code
    FROM door AS d
    JOIN room AS r ON r.storey_id = d.storey_id AND ST_Intersects(r.footprint, d.box))
SELECT DISTINCT a.code AS one, b.code AS other
  FROM touched AS a
  JOIN touched AS b ON b.id = a.id AND b.code > a.code
 ORDER BY a.code, b.code;
