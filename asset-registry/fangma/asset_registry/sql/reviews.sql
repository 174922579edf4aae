-- What imports could not tell, and what people decided about it.

-- name: add
INSERT INTO fangma.review (site_id, model_revision_id, old_ids, new_ids, why, revision_id)
VALUES (%(site_id)s, %(model_revision_id)s, %(old_ids)s, %(new_ids)s, %(why)s, %(revision)s);

-- name: list
-- Reviews with the codes of what they are about, newest first; open ones only unless asked.
SELECT r.id, r.site_id, r.old_ids, r.new_ids, r.why, r.decision, r.decided_by, r.decided_at,
       r.reason, r.document, m.file, m.model_id,
       ARRAY(SELECT coalesce(e.code, '') FROM unnest(r.old_ids) WITH ORDINALITY AS o (id, place)
               JOIN fangma.entry AS e ON e.id = o.id ORDER BY o.place) AS old_codes,
       ARRAY(SELECT coalesce(e.code, '') FROM unnest(r.new_ids) WITH ORDINALITY AS n (id, place)
               JOIN fangma.entry AS e ON e.id = n.id ORDER BY n.place) AS new_codes
  FROM fangma.review AS r
  JOIN fangma.model_revision AS m ON m.id = r.model_revision_id
 WHERE r.withdrawn_by IS NULL AND (%(all)s OR r.decision IS NULL) AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
 ORDER BY r.id DESC;

-- name: waiting
-- Old entries of a site that no import may retire before somebody decided.
SELECT DISTINCT unnest(r.old_ids) AS id
  FROM fangma.review AS r
 WHERE r.site_id = %(site_id)s AND r.decision IS NULL AND r.withdrawn_by IS NULL;

-- name: lock
SELECT decision IS NOT NULL AS is_decided
  FROM fangma.review
 WHERE id = %(id)s AND withdrawn_by IS NULL
   FOR UPDATE;

-- name: current_state
SELECT entry_id, name, number, building_id, storey_id, use, system, ifc_class, predefined_type,
       elevation_m, inferred
  FROM fangma.state
 WHERE entry_id = %(id)s AND upper_inf(recorded) AND upper_inf(valid);

-- name: current_shape
SELECT entry_id, ST_AsBinary(footprint) AS footprint, ST_AsBinary(axis) AS axis,
       CASE WHEN extent IS NOT NULL THEN
         ARRAY[ST_XMin(extent), ST_YMin(extent), ST_ZMin(extent),
               ST_XMax(extent), ST_YMax(extent), ST_ZMax(extent)] END AS extent,
       floor_z, ceiling_z, area_m2, volume_m3, method, declared, inner_diameter_m,
       outer_diameter_m, kernel, mesh_hash
  FROM fangma.shape
 WHERE entry_id = %(id)s AND upper_inf(recorded) AND upper_inf(valid);

-- name: hand_over_source
-- What the file calls the new entry is from now on the old one's name in it.
WITH revision AS (
  SELECT id FROM fangma.model_revision WHERE model_id = %(model_id)s AND current),
closed AS (
  UPDATE fangma.source AS s
     SET until_id = (SELECT id FROM revision)
   WHERE s.model_id = %(model_id)s AND s.until_id IS NULL AND s.entry_id = ANY (%(closing)s)
  RETURNING s.*)
INSERT INTO fangma.source (
  entry_id, scope_id, model_id, since_id, guid, step_key, fingerprint, properties)
SELECT e.id, e.scope_id, c.model_id, (SELECT id FROM revision), c.guid, c.step_key, c.fingerprint,
       c.properties
  FROM closed AS c
  JOIN fangma.entry AS e ON e.id = %(heir)s
 WHERE c.entry_id = %(giver)s;

-- name: decide
UPDATE fangma.review
   SET decision = %(decision)s, decided_by = %(actor)s, decided_at = %(at)s, reason = %(reason)s,
       document = %(document)s
 WHERE id = %(id)s;
