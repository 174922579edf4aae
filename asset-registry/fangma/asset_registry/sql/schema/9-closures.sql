-- Planned closures: what is to be shut off, when, by which valves. What is told of them is only ever
-- added: how one stands, and which valves it closes, is what its newest step says.

CREATE TABLE fangma.closure (
  id          uuid PRIMARY KEY,        -- made by whoever plans: sent twice, it is one
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  entry_id    uuid NOT NULL,           -- the first of the targets: who sees it sees the closure
  scope_id    integer NOT NULL,
  targets     uuid[] NOT NULL CHECK (cardinality(targets) BETWEEN 1 AND 100),
  reason      text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  during      tstzrange NOT NULL CHECK (NOT isempty(during) AND NOT lower_inf(during)
                                        AND NOT upper_inf(during)),
  planner     text NOT NULL,           -- an account's name
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX closure_entry ON fangma.closure (entry_id);
CREATE INDEX closure_during ON fangma.closure USING gist (during);

CREATE TABLE fangma.closure_step (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         uuid NOT NULL UNIQUE,    -- made by whoever takes the step
  closure_id  uuid NOT NULL REFERENCES fangma.closure,
  deed        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('planned', 'under_way', 'ended', 'cancelled')),
  valve_id    uuid REFERENCES fangma.entry,   -- the one that was found or worked
  valves      uuid[] NOT NULL,         -- all that it closes, in closing order
  shut        uuid[] NOT NULL,         -- those that stand shut by it, in the order in which they were
  rooms       uuid[] NOT NULL,         -- that go dry
  hydrants    integer NOT NULL,
  actor       text NOT NULL,
  note        text CHECK (length(note) <= 2000),
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX closure_step_closure ON fangma.closure_step (closure_id, id);

ALTER TABLE fangma.closure ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY closure_seen ON fangma.closure USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.closure_step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY closure_step_seen ON fangma.closure_step USING (
  EXISTS (SELECT FROM fangma.closure AS c WHERE c.id = closure_id));

GRANT SELECT, INSERT ON fangma.closure, fangma.closure_step TO fangma_app;
