-- Reallocation plans: drafts that people edit and approve; carried out, they write assignments.

-- What a plan says now. Who may not see every room that it names does not see it at all: to approve
-- what one sees half of would be worth nothing.
CREATE TABLE fangma.plan (
  number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id     uuid NOT NULL REFERENCES fangma.entry,
  title       text NOT NULL,
  author      text NOT NULL,
  status      text NOT NULL DEFAULT 'draft' CHECK (status IN
    ('draft', 'submitted', 'approved', 'applied', 'reverted', 'withdrawn')),
  version     integer NOT NULL DEFAULT 1,              -- goes up with every change
  planned_on  date NOT NULL,                           -- the day from which it holds, in China
  approvals   smallint CHECK (approvals BETWEEN 1 AND 4),  -- how many it needs, from its submission on
  request     jsonb NOT NULL,                          -- what the planner asked
  answer      jsonb NOT NULL DEFAULT '{}',             -- what the solver said
  places      jsonb NOT NULL DEFAULT '{}',             -- {person: code of the room, or null}; who is not named stays
  origins     jsonb NOT NULL DEFAULT '{}',             -- where those were when the plan was last written
  room_ids    uuid[] NOT NULL DEFAULT '{}',            -- every room that any of these names
  parents     integer[] NOT NULL DEFAULT '{}',         -- plans that it was merged from
  created_at  timestamptz NOT NULL DEFAULT now(),
  changed_at  timestamptz NOT NULL DEFAULT now(),
  applied_by  bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  reverted_by bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX plan_site ON fangma.plan (site_id);

-- Who did what to a plan, for good: edits, comments, approvals. An approval counts for its round,
-- which begins with a submission.
CREATE TABLE fangma.plan_event (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  plan    integer NOT NULL REFERENCES fangma.plan,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor   text NOT NULL,
  action  text NOT NULL CHECK (action IN
    ('create', 'edit', 'solve', 'merge', 'submit', 'approve', 'reject', 'withdraw', 'apply',
     'revert', 'comment')),
  version integer NOT NULL,
  comment text,
  detail  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX plan_event_plan ON fangma.plan_event (plan);

-- Comments and sketches on a room, which stay in its file whatever becomes of the plan.
CREATE TABLE fangma.room_note (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id   uuid NOT NULL,
  scope_id   integer NOT NULL,
  plan       integer REFERENCES fangma.plan,
  author     text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  text       text NOT NULL,
  sketch     jsonb,                                    -- GeoJSON geometry in the site's CRS
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX room_note_entry ON fangma.room_note (entry_id);

ALTER TABLE fangma.plan ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY plan_seen ON fangma.plan USING (
  (SELECT fangma.reads_people())
  AND site_id IN (SELECT site_id FROM fangma.scope)
  AND NOT EXISTS (SELECT FROM unnest(room_ids) AS about (id)
                   WHERE NOT EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = about.id)));
ALTER TABLE fangma.plan_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY plan_event_seen ON fangma.plan_event USING (plan IN (SELECT number FROM fangma.plan));
ALTER TABLE fangma.room_note ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY room_note_seen ON fangma.room_note USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

GRANT SELECT, INSERT ON fangma.plan, fangma.plan_event, fangma.room_note TO fangma_app;
GRANT UPDATE (title, status, version, planned_on, approvals, request, answer, places, origins, room_ids,
              changed_at, applied_by, reverted_by) ON fangma.plan TO fangma_app;
