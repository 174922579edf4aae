-- What a single edit starts from.

-- name: held
-- What is held of an entry's state for a time, piece by piece, under the recording lock.
SELECT s.valid * %(valid)s AS valid, s.name, s.number, s.building_id, s.storey_id, s.use, s.system,
       s.ifc_class, s.predefined_type, s.elevation_m, s.inferred, c.site_id
  FROM fangma.state AS s
  JOIN fangma.scope AS c ON c.id = s.scope_id
 WHERE s.entry_id = %(id)s AND upper_inf(s.recorded) AND s.valid && %(valid)s
 ORDER BY s.valid;
