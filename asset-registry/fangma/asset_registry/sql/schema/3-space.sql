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
  UNIQUE (site_id, code),
  UNIQUE (id, site_id)
);

-- The one place of names and other personal details: rewritten and erased, never part of history.
-- Beside each, as beside each post, stands the site of its person: policies ask for it.
CREATE TABLE fangma.personal_detail (
  person_id uuid PRIMARY KEY,
  name      text,
  notes     jsonb NOT NULL DEFAULT '{}',  -- columns of the table that are none of ours
  site_id   uuid NOT NULL,
  FOREIGN KEY (person_id, site_id) REFERENCES fangma.person (id, site_id)
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
  person_id   uuid NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  unit_id     uuid NOT NULL REFERENCES fangma.unit,
  rank        text,                                     -- 职级
  post        text,                                     -- 职务
  status      text NOT NULL CHECK (status IN ('在职', '退休', '调离')),
  left_on     date,
  second      jsonb NOT NULL DEFAULT '[]',              -- [{"unit", "approved"}]
  site_id     uuid NOT NULL,
  FOREIGN KEY (person_id, site_id) REFERENCES fangma.person (id, site_id)
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
CREATE INDEX assignment_scope ON fangma.assignment (scope_id);

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
CREATE POLICY assignment_seen ON fangma.assignment USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.lease ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY lease_seen ON fangma.lease USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.ledger ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_seen ON fangma.ledger USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

-- People as ranges, so that one is found among many by halving.
CREATE TYPE fangma.uuid_range AS RANGE (subtype = uuid, multirange_type_name = fangma.uuid_multirange);

-- Who was ever given a room that the reader may see; by the index, since one of few buildings may hold
-- nearly everybody.
CREATE FUNCTION fangma.holders_seen() RETURNS fangma.uuid_multirange
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, fangma, pg_temp
SET enable_seqscan = off
AS $$
  SELECT coalesce(range_agg(fangma.uuid_range(h.person_id, h.person_id, '[]')), '{}')
    FROM fangma.scope AS s
   CROSS JOIN LATERAL (
     SELECT a.person_id
       FROM fangma.assignment AS a
      WHERE a.scope_id = s.id AND a.person_id IS NOT NULL
     OFFSET 0) AS h
$$;
REVOKE EXECUTE ON FUNCTION fangma.holders_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.holders_seen() TO fangma_app;

-- Each (SELECT f()) is asked once a query; who holds a room is asked only for whom nothing before it lets see.
ALTER TABLE fangma.person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY person_seen ON fangma.person USING (
  (SELECT fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), id)));
ALTER TABLE fangma.post ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY post_seen ON fangma.post USING (
  (SELECT fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), person_id)));
ALTER TABLE fangma.personal_detail ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY personal_detail_seen ON fangma.personal_detail USING (
  (SELECT fangma.reads_names() AND fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), person_id)));

GRANT SELECT, INSERT ON fangma.unit, fangma.person, fangma.unit_state, fangma.post,
  fangma.assignment, fangma.lease, fangma.ledger TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.unit_state, fangma.post, fangma.assignment,
  fangma.lease, fangma.ledger TO fangma_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON fangma.personal_detail TO fangma_app;
REVOKE EXECUTE ON FUNCTION fangma.no_overlap_of(), fangma.reads_people(), fangma.reads_names()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.no_overlap_of(), fangma.reads_people(), fangma.reads_names()
  TO fangma_app;

-- As refresh_statistics(), for the people side: the audit joins all of it at once.
CREATE FUNCTION fangma.refresh_occupation_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.person (id, site_id),
          fangma.post (person_id, unit_id, valid, recorded),
          fangma.assignment (entry_id, scope_id, person_id, unit_id, valid, recorded),
          fangma.lease (entry_id, scope_id, valid, recorded),
          fangma.ledger (entry_id, scope_id, unit_id, valid, recorded);
END $$;
REVOKE EXECUTE ON FUNCTION fangma.refresh_occupation_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.refresh_occupation_statistics() TO fangma_app;
