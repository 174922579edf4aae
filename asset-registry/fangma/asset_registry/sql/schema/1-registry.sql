-- The whole schema as the migrations leave it: for reading, and as a check on them. A database is
-- never made from this file; tests/asset_registry/store/test_schema.py proves that both are the same.

-- The registry: entries, facts with two clocks, sources, lineage, tiles, accounts, audit log.
-- Rules: nothing is overwritten but access control; facts close their recorded range and add a row.

CREATE EXTENSION IF NOT EXISTS postgis;

CREATE SCHEMA fangma;

-- Which files of sql/migrations made this database; store.schema writes it.
CREATE TABLE fangma.migration (
  name       text PRIMARY KEY,
  checksum   text NOT NULL,            -- SHA-256 of the file's text
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- Revisions: the only source of recorded time -------------------------------------------------

-- One row a recording transaction, written last, under the advisory lock of lock_recording().
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

-- Where entries belong for access control: every row that a reader may or may not see carries the
-- scope of its entry, so that a policy asks "is it one of these few scopes?" and never a join.
CREATE TABLE fangma.scope (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id     uuid NOT NULL,
  building_id uuid,                    -- NULL unless part = 'building'
  part        text NOT NULL CHECK (part IN
    ('site',                           -- the site's own entry: whoever sees anything of it sees it
     'grounds',                        -- outdoors and of no building: needs a grant of the whole site
     'building')),
  secret      boolean NOT NULL,        -- 涉密
  CHECK ((part = 'building') = (building_id IS NOT NULL)),
  UNIQUE NULLS NOT DISTINCT (site_id, building_id, part, secret)
);

-- Everything that the registry knows; walls, doors and slabs have no code.
CREATE TABLE fangma.entry (
  id          uuid PRIMARY KEY,
  ordinal     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,  -- what tiles and textures know it by
  code        text COLLATE "C" UNIQUE,                     -- "C": a prefix is a range of the index
  kind        text NOT NULL CHECK (kind IN
    ('site', 'building', 'storey', 'room', 'zone', 'pipe', 'fitting', 'valve', 'device',
     'terminal', 'sensor', 'asset', 'element')),
  scope_id    integer NOT NULL REFERENCES fangma.scope,    -- access control of the present, not a fact
  revision_id bigint NOT NULL,
  UNIQUE (id, scope_id),
  CHECK (code IS NOT NULL OR kind IN ('element', 'zone'))
);
CREATE INDEX entry_kind_code ON fangma.entry (kind, code, ordinal);  -- lists, page by page
CREATE INDEX entry_scope ON fangma.entry (scope_id);
ALTER TABLE fangma.scope
  ADD FOREIGN KEY (site_id) REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED,
  ADD FOREIGN KEY (building_id) REFERENCES fangma.entry DEFERRABLE INITIALLY DEFERRED;

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

-- Parts of codes that were ever given, retired ones too: a part is never used again.
CREATE TABLE fangma.code_part (
  prefix text COLLATE "C",             -- 330302, 330302-001, 330302-001-A02, 330302-001-A02-F05
  part   text COLLATE "C",
  PRIMARY KEY (prefix, part)
);

-- The highest serial ever given under a prefix such as 330302-001-A02-JS.
CREATE TABLE fangma.code_serial (
  prefix text COLLATE "C" PRIMARY KEY,
  last   integer NOT NULL
);

-- Facts with two clocks ---------------------------------------------------------------------------

-- No two current rows of a fact may overlap: proved once a statement, under the recording lock, by
-- no_overlap(). An exclusion constraint on (entry_id, valid) says the same at 20 us a row, more than
-- everything else that an import writes (docs/decisions/0006-facts-checked-once-a-statement.md).
-- The same trigger proves that storeys and buildings exist; a foreign key would ask once a row.

-- Every character and every two neighbours of a name and a door number: what is typed is found inside
-- words, in Chinese too, where two characters are a word (trigrams need three) and whatever the locale.
CREATE FUNCTION fangma.grams(name text, number text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coalesce(array_agg(DISTINCT substr(word, start, length)), '{}')
    FROM unnest(ARRAY[lower(name), lower(number)]) AS word,
         generate_series(1, char_length(word)) AS start,
         unnest(ARRAY[1, 2]) AS length
$$;

-- What a thing is called, where it is and what it is for; a thing exists while it has a row.
CREATE TABLE fangma.state (
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  name        text,
  number      text,            -- door number as it is on the door
  building_id uuid,
  storey_id   uuid,
  use         text,            -- asset_registry.room_uses
  system      text,            -- two letters of asset_registry.kinds.SYSTEMS
  ifc_class   text,
  predefined_type text,
  elevation_m double precision,    -- storeys: finished floor, height of the site's CRS
  inferred    boolean NOT NULL DEFAULT false,  -- the place was guessed, not declared
  coded       boolean NOT NULL,    -- the entry has a code; only such are found by name
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX state_entry ON fangma.state (entry_id);
CREATE INDEX state_storey ON fangma.state (storey_id);
CREATE INDEX state_building ON fangma.state (building_id);
-- Few facts begin or end; whoever asks when the next one does should not read all the others.
CREATE INDEX state_bounded ON fangma.state (entry_id)
 WHERE NOT (lower_inf(valid) AND upper_inf(valid));
CREATE INDEX state_words ON fangma.state USING gin (fangma.grams(name, number)) WHERE coded;

-- Shape and area. Coordinates: the site's projected CRS, metres, x east, y north, z height (SRID 0,
-- since each site has a CRS of its own; fangma.site.epsg names it).
CREATE TABLE fangma.shape (
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
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
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX shape_entry ON fangma.shape (entry_id);
CREATE INDEX shape_bounded ON fangma.shape (entry_id)
 WHERE NOT (lower_inf(valid) AND upper_inf(valid));
CREATE INDEX shape_footprint ON fangma.shape USING gist (footprint);
CREATE INDEX shape_extent ON fangma.shape USING gist (extent gist_geometry_ops_nd);
CREATE INDEX shape_axis ON fangma.shape USING gist (axis gist_geometry_ops_nd);

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
  name          text NOT NULL,
  project_name  text,
  placement     double precision[],      -- 4 x 4 row-major, site's CRS from the model's frame, metres
  georeferenced boolean NOT NULL DEFAULT false,   -- the placement was read, not chosen
  outlines      jsonb NOT NULL DEFAULT '{}'       -- box of its elements by building id, site's CRS
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
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  model_id    uuid NOT NULL,           -- model_id and since_id are proved once a statement
  since_id    uuid NOT NULL,
  until_id    uuid REFERENCES fangma.model_revision,
  guid        text,
  step_key    bigint,
  fingerprint text NOT NULL,
  properties  jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX source_entry ON fangma.source (entry_id);
CREATE INDEX source_model ON fangma.source (model_id) WHERE until_id IS NULL;
CREATE INDEX source_guid ON fangma.source (guid);

-- Tiles: rows point at files named by their SHA-256; retired_by IS NULL is the tileset of now.
-- A storey with secret rooms has both: their tiles in the secret scope, and in the open scope the
-- grey mass (masked) that stands for them. Columns as fangma.spatial.tiles.rows.TileRow.
CREATE TABLE fangma.tile (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope_id    integer NOT NULL REFERENCES fangma.scope,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  building_id uuid REFERENCES fangma.entry,
  storey_id   uuid REFERENCES fangma.entry,
  model_id    uuid NOT NULL REFERENCES fangma.model,
  discipline  text NOT NULL,
  level       text NOT NULL CHECK (level IN ('envelope', 'storey', 'content')),
  part        integer NOT NULL,
  visibility  text NOT NULL CHECK (visibility IN ('open', 'secret', 'masked')),
  hash        text NOT NULL,
  plain_hash  text NOT NULL,           -- the form without instancing; the same where there is none
  bytes       integer NOT NULL,
  plain_bytes integer NOT NULL,
  box         double precision[] NOT NULL CHECK (cardinality(box) = 12),
  matrix      double precision[] NOT NULL CHECK (cardinality(matrix) = 16),
  geometric_error double precision NOT NULL,
  elements    integer NOT NULL,
  triangles   integer NOT NULL,
  draws       integer NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  retired_by  bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tile_current ON fangma.tile (site_id) WHERE retired_by IS NULL;
CREATE INDEX tile_hash ON fangma.tile (hash);
CREATE INDEX tile_plain_hash ON fangma.tile (plain_hash);

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
  every_site    boolean NOT NULL DEFAULT false,  -- sees every site, those to come too
  sees_secret   boolean NOT NULL DEFAULT false,
  disabled      boolean NOT NULL DEFAULT false,
  totp_secret   text,
  created_at    timestamptz NOT NULL DEFAULT now(),
  totp_step     bigint                -- RFC 6238 step of the last accepted one-time code: each works once
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
-- A display wall's token has a name, by which it is revoked.
CREATE UNIQUE INDEX session_device ON fangma.session (account_id, label) WHERE kind = 'device';

-- Wrong passwords are counted by name, whether or not the name exists: a lock that only real names
-- could have would tell which names are real.
CREATE TABLE fangma.sign_in_attempt (
  name_hash bytea PRIMARY KEY,        -- SHA-256 of the folded name: what was typed there may be a password
  tries     integer NOT NULL,
  last_at   timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_last_at ON fangma.sign_in_attempt (last_at);

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
