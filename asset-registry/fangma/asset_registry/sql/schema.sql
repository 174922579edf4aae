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

-- Integrity that is cheaper to prove once a statement than once a row ----------------------------

-- The one lock of all recording transactions; held until commit.
CREATE FUNCTION fangma.lock_recording() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock(x'66616e676d61'::bigint) $$;

-- The same in shared mode: returns when no recording is under way.
CREATE FUNCTION fangma.await_recording() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock_shared(x'66616e676d61'::bigint) $$;

-- ANALYZE is the owner's alone; an import asks for it when it has added much.
CREATE FUNCTION fangma.refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.scope, fangma.entry (code, kind, scope_id, revision_id),
          fangma.state (entry_id, scope_id, valid, recorded, building_id, storey_id, use, coded),
          fangma.shape (entry_id, scope_id, valid, recorded, extent),
          fangma.source (entry_id, scope_id, model_id, since_id, until_id, guid);
END $$;

CREATE FUNCTION fangma.no_overlap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  PERFORM fangma.lock_recording();
  EXECUTE format(
    'SELECT a.entry_id
       FROM fangma.%1$I AS a
      WHERE upper_inf(a.recorded)
        AND a.entry_id IN (SELECT r.entry_id FROM added AS r WHERE upper_inf(r.recorded))
      GROUP BY a.entry_id
     HAVING count(*) > 1
        AND (SELECT bool_or(b.clashes)
               FROM (SELECT lag(c.valid) OVER (ORDER BY c.valid) && c.valid AS clashes
                       FROM fangma.%1$I AS c
                      WHERE c.entry_id = a.entry_id AND upper_inf(c.recorded)) AS b)
      LIMIT 1', TG_TABLE_NAME) INTO culprit;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'two current rows of % overlap for entry %', TG_TABLE_NAME, culprit
      USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION fangma.places_exist() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  SELECT place.id INTO culprit
    FROM (SELECT building_id AS id, 'building' AS kind FROM added
          UNION SELECT storey_id, 'storey' FROM added) AS place
    LEFT JOIN fangma.entry AS e USING (id, kind)
   WHERE place.id IS NOT NULL AND e.id IS NULL
   LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'a state names a building or storey that does not exist: %', culprit
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION fangma.models_exist() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  SELECT s.since_id INTO culprit
    FROM (SELECT DISTINCT since_id, model_id FROM added) AS s
    LEFT JOIN fangma.model_revision AS r ON r.id = s.since_id AND r.model_id = s.model_id
   WHERE r.id IS NULL
   LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'a source names a model revision that does not exist: %', culprit
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER state_no_overlap_insert AFTER INSERT ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER state_no_overlap_update AFTER UPDATE ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER state_places AFTER INSERT ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.places_exist();
CREATE TRIGGER shape_no_overlap_insert AFTER INSERT ON fangma.shape
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER shape_no_overlap_update AFTER UPDATE ON fangma.shape
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER source_models AFTER INSERT ON fangma.source
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.models_exist();

-- Who may see and write what: the role fangma_app, row-level security, the hash chain of the audit log.
-- The application connects, then takes the role fangma_app, which owns nothing and has no DELETE.

-- Roles belong to the cluster, so another database of it may be making the same one right now.
DO $$
BEGIN
  IF to_regrole('fangma_app') IS NULL THEN
    CREATE ROLE fangma_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
DO $$
BEGIN
  IF NOT pg_has_role(session_user, 'fangma_app', 'MEMBER') THEN
    EXECUTE format('GRANT fangma_app TO %I', session_user);
  END IF;
END $$;

-- Who reads ----------------------------------------------------------------------------------------

-- The reader of this transaction: an account's id, `operator` (the command line on the machine
-- itself), or NULL: nobody, who sees nothing.
CREATE FUNCTION fangma.reader() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('fangma.reader', true), '') $$;

-- The reader's account, if it is one and may sign in.
CREATE FUNCTION fangma.reader_account() RETURNS fangma.account
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT a FROM fangma.account AS a
   WHERE a.id::text = fangma.reader() AND NOT a.disabled
$$;

CREATE FUNCTION fangma.sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator' OR (fangma.reader_account()).every_site, false)
$$;

CREATE FUNCTION fangma.sees_secret() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator' OR (fangma.reader_account()).sees_secret, false)
$$;

-- The whole audit log is for the security officer and the auditor.
CREATE FUNCTION fangma.reads_audit_log() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator'
                  OR (fangma.reader_account()).roles && ARRAY['security', 'auditor'], false)
$$;

-- Sites granted whole.
CREATE FUNCTION fangma.visible_sites() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(g.site_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id AND g.building_id IS NULL
$$;

-- Buildings granted one by one.
CREATE FUNCTION fangma.visible_buildings() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(g.building_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id AND g.building_id IS NOT NULL
$$;

-- Sites of which anything at all is granted: their own entry (name, place) may be seen.
CREATE FUNCTION fangma.entered_sites() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT g.site_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id
$$;

-- Policies -----------------------------------------------------------------------------------------
-- scope's policy is the one place where "may see" is decided. Whatever carries a scope asks
-- `scope_id IN (SELECT id FROM fangma.scope)`, which runs once a query over a few hundred rows.
-- Every (SELECT f()) below runs once a query too.

ALTER TABLE fangma.scope ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope_seen ON fangma.scope USING (
  ((SELECT fangma.sees_all())
   OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
   OR building_id = ANY ((SELECT fangma.visible_buildings())::uuid[])
   OR (part = 'site' AND site_id = ANY ((SELECT fangma.entered_sites())::uuid[])))
  AND (NOT secret OR (SELECT fangma.sees_secret())));

ALTER TABLE fangma.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_seen ON fangma.entry USING (scope_id IN (SELECT id FROM fangma.scope));

ALTER TABLE fangma.state ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY state_seen ON fangma.state USING (scope_id IN (SELECT id FROM fangma.scope));

ALTER TABLE fangma.shape ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shape_seen ON fangma.shape USING (scope_id IN (SELECT id FROM fangma.scope));

ALTER TABLE fangma.source ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY source_seen ON fangma.source USING (scope_id IN (SELECT id FROM fangma.scope));

ALTER TABLE fangma.tile ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tile_seen ON fangma.tile USING (scope_id IN (SELECT id FROM fangma.scope));

-- A split that ended in a secret room says nothing of it to those not entitled.
ALTER TABLE fangma.lineage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY lineage_seen ON fangma.lineage USING (
  EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = predecessor_id)
  AND EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = successor_id));

ALTER TABLE fangma.site ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY site_seen ON fangma.site USING (
  EXISTS (SELECT FROM fangma.scope AS s WHERE s.site_id = entry_id));

-- A model of several buildings is seen by whoever sees one of them.
ALTER TABLE fangma.model ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY model_seen ON fangma.model USING (
  (SELECT fangma.sees_all())
  OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
  OR building_ids && (SELECT fangma.visible_buildings())::uuid[]);

ALTER TABLE fangma.model_revision ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY model_revision_seen ON fangma.model_revision USING (
  model_id IN (SELECT id FROM fangma.model));

-- The clock of the registry and the parts of codes: no names, but nothing for nobody.
ALTER TABLE fangma.revision ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY revision_seen ON fangma.revision USING ((SELECT fangma.reader()) IS NOT NULL);
ALTER TABLE fangma.code_part ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY code_part_seen ON fangma.code_part USING ((SELECT fangma.reader()) IS NOT NULL);
ALTER TABLE fangma.code_serial ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY code_serial_seen ON fangma.code_serial USING ((SELECT fangma.reader()) IS NOT NULL);

-- Signing in happens before there is a reader, so these cannot ask for one; the web server guards
-- them by role (twin.http), and no password is among them, only argon2id hashes.
ALTER TABLE fangma.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_for_sign_in ON fangma.account USING (true);
ALTER TABLE fangma.account_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_grant_for_sign_in ON fangma.account_grant USING (true);
ALTER TABLE fangma.session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY session_for_sign_in ON fangma.session USING (true);
ALTER TABLE fangma.sign_in_attempt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_attempt_for_sign_in ON fangma.sign_in_attempt USING (true);
ALTER TABLE fangma.migration ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY migration_for_doctor ON fangma.migration USING (true);

-- fangma_app has no INSERT here: rows come from audit_append(), which runs as the owner.
ALTER TABLE fangma.audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_read ON fangma.audit_log FOR SELECT USING (
  current_user <> 'fangma_app' OR (SELECT fangma.reads_audit_log()));
CREATE POLICY audit_log_append ON fangma.audit_log FOR INSERT
  WITH CHECK (current_user <> 'fangma_app');

-- Audit log ------------------------------------------------------------------------------------------

-- The text that is hashed: a JSON array as PostgreSQL prints jsonb, e.g.
-- [1, "2026-11-21T01:02:03.000004Z", "wang", "import", "330302-001-L", "done", {"file": "a.ifc"}]
CREATE FUNCTION fangma.audit_text(
  id bigint, at timestamptz, actor text, action text, subject text, outcome text, detail jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_array(
    id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    actor, action, subject, outcome, detail)::text
$$;

-- hash = SHA-256(previous hash || UTF-8 of audit_text); the first previous is 32 zero bytes.
-- The lock is held until commit, so append last in a transaction, after anything recorded.
CREATE FUNCTION fangma.audit_append(
  actor text, action text, subject text, outcome text, detail jsonb)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  newest fangma.audit_log;
  id bigint;
  moment timestamptz;
  previous bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(x'6175646974'::bigint);
  SELECT * INTO newest FROM fangma.audit_log AS l ORDER BY l.id DESC LIMIT 1;
  id := coalesce(newest.id, 0) + 1;
  moment := greatest(clock_timestamp(), newest.at);
  previous := coalesce(newest.hash, decode(repeat('00', 32), 'hex'));
  INSERT INTO fangma.audit_log (id, at, actor, action, subject, outcome, detail, previous, hash)
  VALUES (id, moment, actor, action, subject, outcome, coalesce(detail, '{}'), previous,
          sha256(previous || convert_to(
            fangma.audit_text(id, moment, actor, action, subject, outcome, coalesce(detail, '{}')),
            'UTF8')));
  RETURN id;
END $$;

CREATE FUNCTION fangma.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% of % is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fangma.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.refuse_change();
ALTER TABLE fangma.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;

-- Grants ---------------------------------------------------------------------------------------------
-- Facts are added and closed, never rewritten or deleted: UPDATE is granted column by column.

GRANT USAGE ON SCHEMA fangma TO fangma_app;
GRANT SELECT ON ALL TABLES IN SCHEMA fangma TO fangma_app;
GRANT INSERT ON
  fangma.revision, fangma.scope, fangma.entry, fangma.site, fangma.code_part, fangma.code_serial,
  fangma.state, fangma.shape, fangma.lineage, fangma.model, fangma.model_revision, fangma.source,
  fangma.tile, fangma.account, fangma.account_grant, fangma.session TO fangma_app;
GRANT UPDATE (scope_id) ON fangma.entry TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.state, fangma.shape TO fangma_app;
GRANT UPDATE (name, epsg, origin, latitude, longitude) ON fangma.site TO fangma_app;
GRANT UPDATE (last) ON fangma.code_serial TO fangma_app;
GRANT UPDATE (building_ids, building_guids, name, project_guid, project_name, placement, georeferenced, outlines)
  ON fangma.model TO fangma_app;
GRANT UPDATE (current) ON fangma.model_revision TO fangma_app;
GRANT UPDATE (until_id) ON fangma.source TO fangma_app;
-- A room that becomes secret takes the tiles that show it along (sql/secrecy.sql).
GRANT UPDATE (retired_by, scope_id, visibility) ON fangma.tile TO fangma_app;
GRANT UPDATE ON fangma.account TO fangma_app;
GRANT UPDATE (seen_at, expires_at) ON fangma.session TO fangma_app;
GRANT INSERT, UPDATE, DELETE ON fangma.sign_in_attempt TO fangma_app;
GRANT DELETE ON fangma.account_grant, fangma.session TO fangma_app;
GRANT USAGE ON SEQUENCE fangma.revision_id TO fangma_app;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA fangma FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA fangma TO fangma_app;

-- The people side: units, people, who was given which room, leases, the ledger. Facts with two
-- clocks as in 0001: nothing is overwritten but personal details, which can be erased.

-- A unit (单位) by its code in the tables.
CREATE TABLE fangma.unit (
  id          uuid PRIMARY KEY,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  code        text COLLATE "C" NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (site_id, code)
);

-- A person by pseudonym (人员编号); no fact holds more of who it is.
CREATE TABLE fangma.person (
  id          uuid PRIMARY KEY,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  code        text COLLATE "C" NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  UNIQUE (site_id, code)
);

-- The one place of names and other personal details: rewritten and erased, never part of history.
CREATE TABLE fangma.personal_detail (
  person_id uuid PRIMARY KEY REFERENCES fangma.person,
  name      text,
  notes     jsonb NOT NULL DEFAULT '{}'   -- columns of the table that are none of ours
);

CREATE TABLE fangma.unit_state (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id     uuid NOT NULL REFERENCES fangma.unit,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  name        text,
  parent_id   uuid REFERENCES fangma.unit,
  organ_class text CHECK (organ_class IN ('中央', '省级', '市级', '县级', '乡级')),
  unit_rank   text,
  authorised  integer CHECK (authorised >= 0),          -- 编制定员
  credit_code text,
  notes       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX unit_state_unit ON fangma.unit_state (unit_id);

-- The main post of a person, and the other posts beside it.
CREATE TABLE fangma.post (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id   uuid NOT NULL REFERENCES fangma.person,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  unit_id     uuid NOT NULL REFERENCES fangma.unit,
  rank        text,                                     -- 职级
  post        text,                                     -- 职务
  status      text NOT NULL CHECK (status IN ('在职', '退休', '调离')),
  left_on     date,
  second      jsonb NOT NULL DEFAULT '[]'               -- [{"unit", "approved"}]
);
CREATE INDEX post_person ON fangma.post (person_id);

-- A room given to a person or to a unit; beside a person, the unit for whose post it was given.
CREATE TABLE fangma.assignment (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  person_id   uuid REFERENCES fangma.person,
  unit_id     uuid REFERENCES fangma.unit,
  holder_id   uuid NOT NULL GENERATED ALWAYS AS (coalesce(person_id, unit_id)) STORED,
  use         text,
  notes       jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX assignment_entry ON fangma.assignment (entry_id);
CREATE INDEX assignment_person ON fangma.assignment (person_id);
CREATE INDEX assignment_unit ON fangma.assignment (unit_id);

CREATE TABLE fangma.lease (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  direction   text NOT NULL CHECK (direction IN ('出租', '租入')),
  tenant      text NOT NULL DEFAULT '',
  due         double precision CHECK (due >= 0),        -- yuan
  paid        double precision CHECK (paid >= 0),
  notes       jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX lease_entry ON fangma.lease (entry_id);

-- What the books say of a room (台账), and its certificate (证号).
CREATE TABLE fangma.ledger (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  area_m2     double precision NOT NULL CHECK (area_m2 > 0),
  use         text,
  unit_id     uuid REFERENCES fangma.unit,
  certificate text,
  certificate_m2 double precision CHECK (certificate_m2 > 0),
  notes       jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX ledger_entry ON fangma.ledger (entry_id);

-- As no_overlap(), for facts whose subject is what the trigger's argument names.
CREATE FUNCTION fangma.no_overlap_of() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit text;
BEGIN
  PERFORM fangma.lock_recording();
  EXECUTE format(
    'SELECT concat_ws('' '', %2$s)
       FROM (SELECT c.*, lag(c.valid) OVER (PARTITION BY %2$s ORDER BY c.valid) && c.valid AS clashes
               FROM fangma.%1$I AS c
              WHERE upper_inf(c.recorded)
                AND (%2$s) IN (SELECT %2$s FROM added AS r WHERE upper_inf(r.recorded))) AS s
      WHERE clashes
      LIMIT 1', TG_TABLE_NAME, TG_ARGV[0]) INTO culprit;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'two current rows of % overlap for %', TG_TABLE_NAME, culprit
      USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER unit_state_no_overlap AFTER INSERT ON fangma.unit_state
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('unit_id');
CREATE TRIGGER post_no_overlap AFTER INSERT ON fangma.post
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('person_id');
CREATE TRIGGER assignment_no_overlap AFTER INSERT ON fangma.assignment
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id, holder_id');
CREATE TRIGGER lease_no_overlap AFTER INSERT ON fangma.lease
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id, direction, tenant');
CREATE TRIGGER ledger_no_overlap AFTER INSERT ON fangma.ledger
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id');

-- Who sees it: units with anything of their site; people with the whole site, or with a room that
-- they were given, and by role; names by fewer roles still.
CREATE FUNCTION fangma.reads_people() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator'
                  OR (fangma.reader_account()).roles && ARRAY['auditor', 'planner', 'leader'], false)
$$;
CREATE FUNCTION fangma.reads_names() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator'
                  OR (fangma.reader_account()).roles && ARRAY['auditor'], false)
$$;

ALTER TABLE fangma.unit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_seen ON fangma.unit USING (site_id IN (SELECT site_id FROM fangma.scope));
ALTER TABLE fangma.unit_state ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY unit_state_seen ON fangma.unit_state USING (unit_id IN (SELECT id FROM fangma.unit));

ALTER TABLE fangma.assignment ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY assignment_seen ON fangma.assignment USING (scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.lease ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY lease_seen ON fangma.lease USING (scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_seen ON fangma.ledger USING (scope_id IN (SELECT id FROM fangma.scope));

ALTER TABLE fangma.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY person_seen ON fangma.person USING (
  (SELECT fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR id IN (SELECT person_id FROM fangma.assignment)));
ALTER TABLE fangma.post ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY post_seen ON fangma.post USING (person_id IN (SELECT id FROM fangma.person));
ALTER TABLE fangma.personal_detail ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY personal_detail_seen ON fangma.personal_detail USING (
  (SELECT fangma.reads_names()) AND person_id IN (SELECT id FROM fangma.person));

GRANT SELECT, INSERT ON fangma.unit, fangma.person, fangma.unit_state, fangma.post,
  fangma.assignment, fangma.lease, fangma.ledger TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.unit_state, fangma.post, fangma.assignment,
  fangma.lease, fangma.ledger TO fangma_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON fangma.personal_detail TO fangma_app;
REVOKE EXECUTE ON FUNCTION fangma.no_overlap_of(), fangma.reads_people(), fangma.reads_names()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.no_overlap_of(), fangma.reads_people(), fangma.reads_names()
  TO fangma_app;

-- Live: streams, what they are bound to, what they observed, the bridge's books, alarms.

-- One thing that reports one property; a Datastream of OGC SensorThings. `sensor` is its name outside.
-- What reports without ever having been declared is kept too, and listed as such.
CREATE TABLE fangma.stream (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sensor    text COLLATE "C" NOT NULL UNIQUE CHECK (sensor <> '' AND length(sensor) <= 200),
  declared  boolean NOT NULL,
  name      text,
  property  text,
  unit      text,                      -- UCUM
  protocol  text,
  address   text,
  notes     jsonb NOT NULL DEFAULT '{}',
  entry_id  uuid,                      -- what it is bound to now; the history is in binding
  scope_id  integer,                   -- access control of the present, follows the entry's
  CHECK ((entry_id IS NULL) = (scope_id IS NULL)),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX stream_entry ON fangma.stream (entry_id);

-- Which entry a stream watches: a fact with two clocks. Few and rarely changed, so that an exclusion
-- constraint may prove that no two current rows overlap (docs/decisions/0006 says where it may not).
CREATE TABLE fangma.binding (
  stream_id   integer NOT NULL REFERENCES fangma.stream,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  closed_by   bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE,
  CONSTRAINT binding_no_overlap EXCLUDE USING gist (
    int8range(stream_id, stream_id, '[]') WITH &&, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX binding_stream ON fangma.binding (stream_id);
CREATE INDEX binding_entry ON fangma.binding (entry_id);

-- What was observed. The pair (stream, time) names an observation: sent twice, it is here once.
-- A number, a word, or both for yes and no ('true' with 1, 'false' with 0). No foreign key to stream,
-- which would ask once a row; streams are never deleted.
CREATE TABLE fangma.observation (
  stream_id   integer NOT NULL,
  at          timestamptz NOT NULL,    -- phenomenonTime
  number      double precision,
  word        text,
  quality     smallint NOT NULL DEFAULT 0,   -- asset_registry.observation.QUALITIES
  recorded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream_id, at),
  CHECK (number IS NOT NULL OR word IS NOT NULL)
) PARTITION BY RANGE (at);

-- The newest of each stream, so that the present is one small table. Rows are updated in place.
CREATE TABLE fangma.newest_observation (
  stream_id   integer PRIMARY KEY REFERENCES fangma.stream,
  at          timestamptz NOT NULL,
  number      double precision,
  word        text,
  quality     smallint NOT NULL,
  recorded_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The books of each way in, written with the observations that they count.
CREATE TABLE fangma.bridge (
  name       text PRIMARY KEY,
  received   bigint NOT NULL DEFAULT 0,
  stored     bigint NOT NULL DEFAULT 0,
  duplicates bigint NOT NULL DEFAULT 0,
  rejected   bigint NOT NULL DEFAULT 0,
  drained    bigint NOT NULL DEFAULT 0   -- the last file of its spool that is in the database
);

-- What was refused, by place and reason: how often, and the last of it.
CREATE TABLE fangma.rejection (
  place   text NOT NULL,               -- the MQTT topic, or the HTTP path
  rule    text NOT NULL,
  count   bigint NOT NULL,
  last_at timestamptz NOT NULL,
  message text NOT NULL,
  sample  text NOT NULL,               -- the beginning of the payload
  PRIMARY KEY (place, rule)
);

-- Alarms after ISA-18.2: one row an occurrence.
CREATE TABLE fangma.alarm (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream_id       integer NOT NULL REFERENCES fangma.stream,
  entry_id        uuid,
  scope_id        integer,
  rule            text NOT NULL,
  severity        text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low')),
  state           text NOT NULL CHECK (state IN ('active', 'acknowledged', 'shelved', 'cleared')),
  message         text NOT NULL,
  raised_at       timestamptz NOT NULL,
  number          double precision,
  word            text,
  cleared_at      timestamptz,
  acknowledged_by text,
  shelved_until   timestamptz,
  CHECK ((entry_id IS NULL) = (scope_id IS NULL)),
  CHECK ((state = 'cleared') = (cleared_at IS NOT NULL)),
  CHECK ((state = 'shelved') = (shelved_until IS NOT NULL)),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE UNIQUE INDEX alarm_open ON fangma.alarm (stream_id, rule) WHERE state <> 'cleared';
CREATE INDEX alarm_raised ON fangma.alarm (raised_at);

-- What became of an alarm, step by step; append-only.
CREATE TABLE fangma.alarm_event (
  alarm_id bigint NOT NULL REFERENCES fangma.alarm,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  state    text NOT NULL,
  actor    text NOT NULL,
  note     text
);
CREATE INDEX alarm_event_alarm ON fangma.alarm_event (alarm_id);

-- Partitions: a month each (UTC), made when the first observation of the month arrives ---------------

CREATE FUNCTION fangma.make_observation_month(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  first date := date_trunc('month', month::timestamp)::date;
  name text := 'observation_' || to_char(first, 'YYYYMM');
BEGIN
  PERFORM pg_advisory_xact_lock(x'6f62736572766564'::bigint);
  IF to_regclass('fangma.' || name) IS NOT NULL THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE fangma.%I (LIKE fangma.observation INCLUDING ALL)', name);
  -- Nobody but the owner is granted anything on a partition: it is read through its parent.
  EXECUTE format('ALTER TABLE fangma.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE POLICY observation_seen ON fangma.%I USING ('
                 '(SELECT fangma.reader()) = ''operator'' OR stream_id IN (SELECT id FROM fangma.stream))', name);
  EXECUTE format('ALTER TABLE fangma.observation ATTACH PARTITION fangma.%I FOR VALUES FROM (%L) TO (%L)',
                 name, first::text || ' 00:00:00+00', (first + interval '1 month')::date::text || ' 00:00:00+00');
END $$;

-- Who may see what -----------------------------------------------------------------------------------
-- A stream is seen by whoever sees what it is bound to; unbound ones by those who see everything.

ALTER TABLE fangma.stream ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY stream_seen ON fangma.stream USING (
  (SELECT fangma.sees_all()) AND scope_id IS NULL OR scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.binding ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY binding_seen ON fangma.binding USING (scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.observation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY observation_seen ON fangma.observation USING (
  (SELECT fangma.reader()) = 'operator' OR stream_id IN (SELECT id FROM fangma.stream));
ALTER TABLE fangma.newest_observation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY newest_observation_seen ON fangma.newest_observation USING (
  (SELECT fangma.reader()) = 'operator' OR stream_id IN (SELECT id FROM fangma.stream));
ALTER TABLE fangma.alarm ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY alarm_seen ON fangma.alarm USING (
  (SELECT fangma.sees_all()) AND scope_id IS NULL OR scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.alarm_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY alarm_event_seen ON fangma.alarm_event USING (alarm_id IN (SELECT id FROM fangma.alarm));
-- Counts, without names.
ALTER TABLE fangma.bridge ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY bridge_seen ON fangma.bridge USING ((SELECT fangma.reader()) IS NOT NULL);
-- Topics and payloads of anybody's sensors.
ALTER TABLE fangma.rejection ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY rejection_seen ON fangma.rejection USING ((SELECT fangma.sees_all()));

GRANT SELECT, INSERT ON
  fangma.stream, fangma.binding, fangma.observation, fangma.newest_observation, fangma.bridge,
  fangma.rejection, fangma.alarm, fangma.alarm_event TO fangma_app;
GRANT UPDATE (declared, name, property, unit, protocol, address, notes, entry_id, scope_id)
  ON fangma.stream TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.binding TO fangma_app;
GRANT UPDATE ON fangma.newest_observation, fangma.bridge, fangma.rejection TO fangma_app;
GRANT UPDATE (state, cleared_at, acknowledged_by, shelved_until) ON fangma.alarm TO fangma_app;
REVOKE EXECUTE ON FUNCTION fangma.make_observation_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.make_observation_month(date) TO fangma_app;

-- Networks: which parts are joined, how valves stand, and how well places are known. Facts with two
-- clocks as in 0001. A join is seen by whoever sees both of its parts.

CREATE TABLE fangma.pipe_join (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id       uuid NOT NULL,
  scope_id       integer NOT NULL,
  other_id       uuid NOT NULL,
  other_scope_id integer NOT NULL,
  valid          tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded       tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id    bigint NOT NULL,
  closed_by      bigint,
  flow           smallint NOT NULL CHECK (flow BETWEEN -1 AND 1),  -- 1 = from entry to other, 0 unknown
  point          geometry(PointZ, 0) NOT NULL,
  confidence     double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  method         text NOT NULL CHECK (method IN ('stated', 'port', 'end', 'side', 'body', 'survey')),
  CHECK (entry_id < other_id),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE,
  FOREIGN KEY (other_id, other_scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX pipe_join_entry ON fangma.pipe_join (entry_id);
CREATE INDEX pipe_join_other ON fangma.pipe_join (other_id);

CREATE TABLE fangma.valve_position (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  position    text NOT NULL CHECK (position IN ('open', 'closed', 'stuck', 'unknown')),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX valve_position_entry ON fangma.valve_position (entry_id);

-- How well the place of a thing is known: one standard deviation, in plan each way and in depth.
CREATE TABLE fangma.accuracy (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  plan_m      double precision NOT NULL CHECK (plan_m >= 0),
  depth_m     double precision NOT NULL CHECK (depth_m >= 0),
  basis       text NOT NULL,           -- 隐蔽点, 明显点, 推测 ...: why so well
  surveyed_on date,
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX accuracy_entry ON fangma.accuracy (entry_id);

CREATE TRIGGER pipe_join_no_overlap AFTER INSERT ON fangma.pipe_join
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id, other_id');
CREATE TRIGGER valve_position_no_overlap AFTER INSERT ON fangma.valve_position
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id');
CREATE TRIGGER accuracy_no_overlap AFTER INSERT ON fangma.accuracy
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id');

ALTER TABLE fangma.pipe_join ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY pipe_join_seen ON fangma.pipe_join USING (
  scope_id IN (SELECT id FROM fangma.scope) AND other_scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.valve_position ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY valve_position_seen ON fangma.valve_position USING (
  scope_id IN (SELECT id FROM fangma.scope));
ALTER TABLE fangma.accuracy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY accuracy_seen ON fangma.accuracy USING (scope_id IN (SELECT id FROM fangma.scope));

GRANT SELECT, INSERT ON fangma.pipe_join, fangma.valve_position, fangma.accuracy TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.pipe_join, fangma.valve_position, fangma.accuracy
  TO fangma_app;

-- What an import could not tell: whether old entries became new ones. A person decides, once.
CREATE TABLE fangma.review (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id           uuid NOT NULL REFERENCES fangma.entry,
  model_revision_id uuid NOT NULL REFERENCES fangma.model_revision,
  old_ids           uuid[] NOT NULL CHECK (cardinality(old_ids) > 0),
  new_ids           uuid[] NOT NULL CHECK (cardinality(new_ids) > 0),
  why               text NOT NULL,
  revision_id       bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  decision          text CHECK (decision IN ('same', 'different', 'split', 'merge')),
  decided_by        text,
  decided_at        timestamptz,
  reason            text,
  document          text,
  CHECK ((decision IS NULL) = (decided_by IS NULL)),
  CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE INDEX review_open ON fangma.review (site_id) WHERE decision IS NULL;

-- Seen by whoever sees every entry that it is about: a secret room is not told by its neighbour.
ALTER TABLE fangma.review ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY review_seen ON fangma.review USING (
  NOT EXISTS (SELECT FROM unnest(old_ids || new_ids) AS about (id)
               WHERE NOT EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = about.id)));

GRANT SELECT, INSERT ON fangma.review TO fangma_app;
GRANT UPDATE (decision, decided_by, decided_at, reason, document) ON fangma.review TO fangma_app;
