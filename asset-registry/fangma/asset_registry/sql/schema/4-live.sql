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
  (SELECT fangma.sees_all()) AND scope_id IS NULL
  OR multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.binding ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY binding_seen ON fangma.binding USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.observation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY observation_seen ON fangma.observation USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
ALTER TABLE fangma.newest_observation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY newest_observation_seen ON fangma.newest_observation USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));
ALTER TABLE fangma.alarm ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY alarm_seen ON fangma.alarm USING (
  (SELECT fangma.sees_all()) AND scope_id IS NULL
  OR multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
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
