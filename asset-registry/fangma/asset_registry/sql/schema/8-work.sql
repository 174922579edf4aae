-- Work orders and inspection rounds. What is told of them is only ever added: where an order stands is
-- what its newest step says. `at` is when it was so in the world, `recorded_at` when we knew.

CREATE TABLE fangma.work_order (
  id          uuid PRIMARY KEY,        -- made by whoever reports: sent twice, it is one order
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  fault       text NOT NULL,           -- asset_registry.work_orders.facts.FAULTS
  urgency     text NOT NULL CHECK (urgency IN ('emergency', 'urgent', 'normal', 'low')),
  words       text NOT NULL CHECK (length(words) <= 2000),
  origin      text NOT NULL CHECK (origin IN ('account', 'link', 'operator', 'round')),
  reporter    text,                    -- an account's name; NULL = a passer-by
  point       geometry(PointZ, 0),     -- where exactly, the site's CRS
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX work_order_entry ON fangma.work_order (entry_id);

CREATE TABLE fangma.work_order_step (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         uuid NOT NULL UNIQUE,    -- made by whoever takes the step
  order_id    uuid NOT NULL REFERENCES fangma.work_order,
  deed        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('reported', 'assigned', 'accepted', 'in_progress',
                                             'on_hold', 'done', 'closed', 'rejected')),
  responsible text,                    -- an account's name, never a person's
  actor       text NOT NULL,
  note        text CHECK (length(note) <= 2000),
  due         timestamptz,
  parts       jsonb NOT NULL DEFAULT '[]',   -- [{"name", "count", "unit"}]
  minutes     integer CHECK (minutes BETWEEN 0 AND 100000),
  cost        numeric(12, 2) CHECK (cost >= 0),
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX work_order_step_order ON fangma.work_order_step (order_id, id);

-- Files under FANGMA_HOME/photos, named by the SHA-256 of what we wrote ourselves.
CREATE TABLE fangma.work_order_photo (
  order_id    uuid NOT NULL REFERENCES fangma.work_order,
  sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  width       integer NOT NULL,
  height      integer NOT NULL,
  bytes       integer NOT NULL,
  actor       text,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (order_id, sha256)
);

CREATE TABLE fangma.inspection_round (
  id          uuid PRIMARY KEY,
  number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);

-- What a round is; a change adds a row, and the newest counts.
CREATE TABLE fangma.round_plan (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  round_id    uuid NOT NULL REFERENCES fangma.inspection_round,
  name        text NOT NULL,
  every_days  integer NOT NULL CHECK (every_days BETWEEN 1 AND 366),
  starts_on   date NOT NULL,
  ended       boolean NOT NULL DEFAULT false,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX round_plan_round ON fangma.round_plan (round_id, id);

CREATE TABLE fangma.round_stop (
  plan_id  bigint NOT NULL REFERENCES fangma.round_plan,
  place    integer NOT NULL,
  entry_id uuid NOT NULL,
  scope_id integer NOT NULL,
  checks   text[] NOT NULL,
  PRIMARY KEY (plan_id, place),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX round_stop_entry ON fangma.round_stop (entry_id);

-- What was found at a stop. Two people may have been there: both are kept, the later one counts.
CREATE TABLE fangma.round_visit (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key         uuid NOT NULL UNIQUE,    -- made by whoever visits
  round_id    uuid NOT NULL REFERENCES fangma.inspection_round,
  due_on      date NOT NULL,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  outcome     text NOT NULL CHECK (outcome IN ('ok', 'fault', 'not_reached')),
  found       jsonb NOT NULL DEFAULT '{}',   -- by check: true, false or a reading
  note        text CHECK (length(note) <= 2000),
  order_id    uuid REFERENCES fangma.work_order,
  actor       text NOT NULL,
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX round_visit_round ON fangma.round_visit (round_id, due_on);
CREATE INDEX round_visit_entry ON fangma.round_visit (entry_id);

-- Seen by whoever sees the place; what hangs on an order or a round, with it.
ALTER TABLE fangma.work_order ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY work_order_seen ON fangma.work_order USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.work_order_step ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY work_order_step_seen ON fangma.work_order_step USING (
  EXISTS (SELECT FROM fangma.work_order AS o WHERE o.id = order_id));
ALTER TABLE fangma.work_order_photo ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY work_order_photo_seen ON fangma.work_order_photo USING (
  EXISTS (SELECT FROM fangma.work_order AS o WHERE o.id = order_id));
ALTER TABLE fangma.inspection_round ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY inspection_round_seen ON fangma.inspection_round USING (
  EXISTS (SELECT FROM fangma.scope AS s WHERE s.site_id = inspection_round.site_id));
ALTER TABLE fangma.round_plan ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY round_plan_seen ON fangma.round_plan USING (
  EXISTS (SELECT FROM fangma.inspection_round AS r WHERE r.id = round_id));
ALTER TABLE fangma.round_stop ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY round_stop_seen ON fangma.round_stop USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.round_visit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY round_visit_seen ON fangma.round_visit USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

GRANT SELECT, INSERT ON
  fangma.work_order, fangma.work_order_step, fangma.work_order_photo, fangma.inspection_round,
  fangma.round_plan, fangma.round_stop, fangma.round_visit TO fangma_app;
