-- OGC API - Features 1.0: registry entries as GeoJSON in CRS84. Row-level security filters everything.

-- name: sites
-- Sites whose coordinates can be placed on the earth.
SELECT entry_id AS id, epsg
FROM fangma.site
WHERE epsg IS NOT NULL

-- name: place
SELECT site.entry_id AS id, site.epsg, site.origin, site.latitude, site.longitude
FROM fangma.entry
JOIN fangma.site ON site.entry_id = entry.id
WHERE entry.code = %(code)s

-- name: features
-- A page of a collection, ascending by ordinal. boxes: where to look, a site and an envelope in its
-- own CRS each (several of a site where a bbox crosses the antimeridian); NULL = everywhere.
-- An interval of valid time gives the newest state within it.
WITH page AS (
  SELECT entry.id, entry.ordinal, entry.code, entry.kind, site.epsg,
         state.name, state.number, state.use, state.system, state.elevation_m, state.valid,
         state.building_id, state.storey_id,
         shape.area_m2, shape.floor_z, shape.ceiling_z, shape.inner_diameter_m,
         shape.outer_diameter_m, shape.footprint, shape.axis, shape.extent
  FROM fangma.entry
  JOIN fangma.scope ON scope.id = entry.scope_id
  JOIN fangma.site ON site.entry_id = scope.site_id
  JOIN LATERAL (
    SELECT state.*
    FROM fangma.state
    WHERE state.entry_id = entry.id
      AND state.recorded @> %(known)s::timestamptz
      AND state.valid && %(during)s::tstzrange
    ORDER BY state.valid DESC
    LIMIT 1
  ) AS state ON true
  LEFT JOIN LATERAL (
    SELECT shape.*
    FROM fangma.shape
    WHERE shape.entry_id = entry.id
      AND shape.recorded @> %(known)s::timestamptz
      AND shape.valid && state.valid * %(during)s::tstzrange
    ORDER BY shape.valid DESC
    LIMIT 1
  ) AS shape ON true
  WHERE entry.kind = %(kind)s
    AND entry.ordinal > %(after)s
    AND (%(code)s::text IS NULL OR entry.code = %(code)s)
    AND (%(site_ids)s::uuid[] IS NULL OR EXISTS (
      SELECT
      FROM unnest(%(site_ids)s::uuid[], %(west)s::float8[], %(south)s::float8[],
                  %(east)s::float8[], %(north)s::float8[])
        AS box (site_id, west, south, east, north)
      WHERE box.site_id = scope.site_id
        AND ST_Intersects(
          coalesce(shape.footprint, ST_Force2D(shape.axis), ST_Envelope(ST_Force2D(shape.extent))),
          ST_MakeEnvelope(box.west, box.south, box.east, box.north, 0))))
  ORDER BY entry.ordinal
  LIMIT %(limit)s
)
SELECT page.ordinal, page.code, page.kind, page.name, page.number, page.use, page.system,
       building.code AS building, storey.code AS storey,
       page.elevation_m, page.floor_z, page.ceiling_z, page.area_m2,
       page.inner_diameter_m, page.outer_diameter_m,
       CASE WHEN lower_inf(page.valid) THEN NULL ELSE lower(page.valid) END AS valid_from,
       CASE WHEN upper_inf(page.valid) THEN NULL ELSE upper(page.valid) END AS valid_to,
       -- 4326 in x, y order is CRS84; nine digits of a degree are a tenth of a millimetre.
       ST_AsGeoJSON(
         ST_Transform(
           ST_SetSRID(
             coalesce(page.footprint, page.axis, ST_Envelope(ST_Force2D(page.extent))), page.epsg),
           4326), 9) AS geometry
FROM page
LEFT JOIN fangma.entry AS building ON building.id = page.building_id
LEFT JOIN fangma.entry AS storey ON storey.id = page.storey_id
ORDER BY page.ordinal

-- name: extent
-- Where the things of the collections lie, per site, in its own CRS: the box of everything current.
SELECT scope.site_id AS id, min(ST_XMin(shape.extent)) AS west, min(ST_YMin(shape.extent)) AS south,
       max(ST_XMax(shape.extent)) AS east, max(ST_YMax(shape.extent)) AS north
FROM fangma.shape
JOIN fangma.scope ON scope.id = shape.scope_id
WHERE upper_inf(shape.recorded)
GROUP BY scope.site_id
