-- The registry: entries, facts with two clocks, sources, lineage, tiles, accounts, audit log.
-- Rules: nothing is overwritten but access control; facts close their recorded range and add a row.

CREATE EXTENSION IF NOT EXISTS postgis;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE SCHEMA fangma;

-- Revisions: the only source of recorded time -------------------------------------------------

-- One row a recording transaction, written last, under advisory lock fangma.recording_lock().
CREATE TABLE fangma.revision (
  id          bigint PRIMARY KEY,
  recorded_at timestamptz NOT NULL UNIQUE,
  actor       text NOT NULL,
  action      text NOT NULL CHECK (action IN
    ('site', 'import', 'edit', 'correction', 'split', 'merge', 'renumber', 'rollback')),
  reason      text,
  document    text,
  detail      jsonb NOT NULL DEFAULT '{}'
);
CREATE SEQUENCE fangma.revision_id AS bigint OWNED BY fangma.revision.id;

-- Entries: what exists --------------------------------------------------------------------------

-- Everything that the registry knows; walls, doors and slabs have no code.
CREATE TABLE fangma.entry (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  ordinal     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what tiles and textures know it by
  code        text UNIQUE,
  kind        text NOT NULL CHECK (kind IN
    ('site', 'building', 'storey', 'room', 'zone', 'pipe', 'fitting', 'valve', 'device',
     'terminal', 'sensor', 'asset', 'element')),
  site_id     uuid NOT NULL REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,  -- a site: itself
  building_id uuid REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,  -- a building: itself
  secret      boolean NOT NULL DEFAULT false,  -- 涉密: access control of the present, not a fact
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  CHECK (code IS NOT NULL OR kind = 'element')
);
CREATE INDEX entry_site_kind ON fangma.entry (site_id, kind);
CREATE INDEX entry_building_kind ON fangma.entry (building_id, kind);
CREATE INDEX entry_code_trgm ON fangma.entry USING gin (code gin_trgm_ops);

-- What has no fact of its own: how a site lies on the earth.
CREATE TABLE fangma.site (
  entry_id  uuid PRIMARY KEY REFERENCES fangma.entry,
  division  char(6) NOT NULL,          -- GB/T 2260
  name      text NOT NULL,
  epsg      integer,                   -- projected CRS of every coordinate of the site; NULL = a local plane
  origin    double precision[] NOT NULL DEFAULT '{0,0,0}',  -- east, north, height of the tiles' local origin
  latitude  double precision,
  longitude double precision
);

-- The next serial of a code's scope (its prefix); a serial is never used again.
CREATE TABLE fangma.code_serial (
  prefix text PRIMARY KEY,
  next   integer NOT NULL
);

-- Facts with two clocks ---------------------------------------------------------------------------

-- What a thing is called, where it is and what it is for; a thing exists while it has a row.
CREATE TABLE fangma.state (
  entry_id    uuid NOT NULL REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  closed_by   bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  name        text,
  number      text,            -- door number as it is on the door
  building_id uuid REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  storey_id   uuid REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  use         text,            -- asset_registry.kinds: room uses
  system      text,            -- two letters of domain/pipes.md
  ifc_class   text,
  predefined_type text,
  elevation_m double precision,    -- storeys: finished floor, height of the site's CRS
  inferred    boolean NOT NULL DEFAULT false,  -- the place was guessed, not declared
  EXCLUDE USING gist (entry_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX state_storey ON fangma.state (storey_id) WHERE upper_inf(recorded);
CREATE INDEX state_building ON fangma.state (building_id) WHERE upper_inf(recorded);
CREATE INDEX state_entry_history ON fangma.state USING gist (entry_id, valid, recorded);
CREATE INDEX state_name_trgm ON fangma.state USING gin (name gin_trgm_ops, number gin_trgm_ops);

-- Shape and area. Coordinates: the site's projected CRS, metres, x east, y north, z height (SRID 0,
-- since each site has a CRS of its own; fangma.site.epsg names it).
CREATE TABLE fangma.shape (
  entry_id    uuid NOT NULL REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  closed_by   bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  footprint   geometry(MultiPolygon, 0),
  axis        geometry(LineStringZ, 0),      -- pipes
  extent      geometry(LineStringZ, 0),      -- lowest to highest corner of the box
  floor_z     double precision,
  ceiling_z   double precision,
  area_m2     double precision CHECK (area_m2 >= 0),   -- measured, spatial.areas
  volume_m3   double precision,
  method      text,                                     -- how the area was measured
  declared    jsonb NOT NULL DEFAULT '[]',              -- [{"set","name","value_m2"}]
  inner_diameter_m double precision,
  outer_diameter_m double precision,
  kernel      text,                                     -- what built the body; "box" = a flagged guess
  mesh_hash   text,                                     -- of the placed mesh: equal means same shape
  EXCLUDE USING gist (entry_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX shape_footprint ON fangma.shape USING gist (footprint) WHERE upper_inf(recorded);
CREATE INDEX shape_extent ON fangma.shape USING gist (extent gist_geometry_ops_nd) WHERE upper_inf(recorded);
CREATE INDEX shape_axis ON fangma.shape USING gist (axis gist_geometry_ops_nd) WHERE upper_inf(recorded);
CREATE INDEX shape_entry_history ON fangma.shape USING gist (entry_id, valid, recorded);

-- What became of what: split, merge, replacement.
CREATE TABLE fangma.lineage (
  predecessor_id uuid NOT NULL REFERENCES fangma.entry,
  successor_id   uuid NOT NULL REFERENCES fangma.entry,
  kind           text NOT NULL CHECK (kind IN ('split', 'merge', 'replace')),
  at             timestamptz NOT NULL,
  area_share     double precision,     -- of the predecessor's area that went to the successor
  reason         text,
  document       text,
  revision_id    bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (predecessor_id, successor_id)
);

-- Where things came from --------------------------------------------------------------------------

-- A series of files that are revisions of one another: one discipline of one building.
CREATE TABLE fangma.model (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  site_id       uuid NOT NULL REFERENCES fangma.entry,
  building_ids  uuid[] NOT NULL DEFAULT '{}',
  kind          text NOT NULL DEFAULT 'ifc',
  discipline    text NOT NULL,
  project_guid  text,
  building_guids text[] NOT NULL DEFAULT '{}',
  name          text NOT NULL
);

-- One file as it was imported.
CREATE TABLE fangma.model_revision (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  model_id    uuid NOT NULL REFERENCES fangma.model,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  file        text NOT NULL,           -- name without folder
  sha256      text NOT NULL,
  size        bigint NOT NULL,
  schema      text,
  application text,
  written_at  text,
  current     boolean NOT NULL,
  report      jsonb NOT NULL           -- the file's entry of `fangma import --json`
);
CREATE UNIQUE INDEX model_revision_current ON fangma.model_revision (model_id) WHERE current;
CREATE INDEX model_revision_sha256 ON fangma.model_revision (sha256);

-- What an entry was called in a file. `until_id` is NULL while the newest revision still holds it.
CREATE TABLE fangma.source (
  entry_id    uuid NOT NULL REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  model_id    uuid NOT NULL REFERENCES fangma.model,
  since_id    uuid NOT NULL REFERENCES fangma.model_revision,
  until_id    uuid REFERENCES fangma.model_revision,
  guid        text,
  step_key    bigint,
  fingerprint text NOT NULL,
  properties  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX source_entry ON fangma.source (entry_id);
CREATE INDEX source_model ON fangma.source (model_id) WHERE until_id IS NULL;
CREATE INDEX source_guid ON fangma.source (guid);

-- Tiles: rows point at files named by their SHA-256; retired_by IS NULL is the tileset of now.
CREATE TABLE fangma.tile (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  building_id uuid REFERENCES fangma.entry,
  storey_id   uuid REFERENCES fangma.entry,
  model_id    uuid REFERENCES fangma.model,
  role        text NOT NULL CHECK (role IN ('coarse', 'content')),
  discipline  text NOT NULL,
  secret      boolean NOT NULL DEFAULT false,
  hash        text NOT NULL,
  plain_hash  text,                    -- the form without instancing
  masked_hash text,                    -- the grey mass shown instead of a secret room
  box         double precision[] NOT NULL,  -- 12 numbers, 3D Tiles boundingVolume.box, tileset frame
  geometric_error double precision NOT NULL,
  elements    integer NOT NULL,
  bytes       integer NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  retired_by  bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tile_current ON fangma.tile (site_id) WHERE retired_by IS NULL;
CREATE INDEX tile_hash ON fangma.tile (hash);

-- Who may see what ---------------------------------------------------------------------------------

CREATE TABLE fangma.account (
  id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name          text NOT NULL UNIQUE,
  display_name  text NOT NULL DEFAULT '',
  password_hash text,                 -- argon2id; NULL = signs in elsewhere (OIDC)
  roles         text[] NOT NULL CHECK (roles <@ ARRAY
    ['planner', 'maintainer', 'auditor', 'leader', 'administrator', 'security']),
  -- 三员分立: who administers may not also hold the keys of security
  CHECK (NOT roles @> ARRAY['administrator', 'security']),
  sees_secret   boolean NOT NULL DEFAULT false,
  disabled      boolean NOT NULL DEFAULT false,
  failures      integer NOT NULL DEFAULT 0,
  locked_until  timestamptz,
  totp_secret   text,
  created_at    timestamptz NOT NULL DEFAULT now()
);

-- What an account may see: a site, or one building of it.
CREATE TABLE fangma.account_grant (
  account_id  uuid NOT NULL REFERENCES fangma.account ON DELETE CASCADE,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  building_id uuid REFERENCES fangma.entry,
  UNIQUE NULLS NOT DISTINCT (account_id, site_id, building_id)
);

CREATE TABLE fangma.session (
  token_hash  bytea PRIMARY KEY,      -- SHA-256 of the token; the token itself is never kept
  account_id  uuid NOT NULL REFERENCES fangma.account ON DELETE CASCADE,
  kind        text NOT NULL CHECK (kind IN ('browser', 'device')),
  label       text NOT NULL DEFAULT '',
  created_at  timestamptz NOT NULL DEFAULT now(),
  seen_at     timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz NOT NULL
);
CREATE INDEX session_account ON fangma.session (account_id);

-- Append-only and hash-chained; written through fangma.audit_append() only.
CREATE TABLE fangma.audit_log (
  id       bigint PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text NOT NULL,
  action   text NOT NULL,
  subject  text,
  outcome  text NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  detail   jsonb NOT NULL DEFAULT '{}',
  previous bytea NOT NULL,
  hash     bytea NOT NULL
);
CREATE INDEX audit_log_at ON fangma.audit_log (at);
