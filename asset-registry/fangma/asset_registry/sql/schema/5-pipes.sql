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
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id)
  AND multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), other_scope_id));
ALTER TABLE fangma.valve_position ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY valve_position_seen ON fangma.valve_position USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.accuracy ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY accuracy_seen ON fangma.accuracy USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

GRANT SELECT, INSERT ON fangma.pipe_join, fangma.valve_position, fangma.accuracy TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.pipe_join, fangma.valve_position, fangma.accuracy
  TO fangma_app;

-- As refresh_statistics(), for joins and surveys: questions of pipes join all of them at once.
CREATE FUNCTION fangma.refresh_network_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.pipe_join (entry_id, scope_id, other_id, other_scope_id, valid, recorded),
          fangma.valve_position (entry_id, scope_id, valid, recorded),
          fangma.accuracy (entry_id, scope_id, valid, recorded);
END $$;
REVOKE EXECUTE ON FUNCTION fangma.refresh_network_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.refresh_network_statistics() TO fangma_app;
