-- Streams derived over the tree of rooms, storeys, buildings and units, and forecasts of streams.

-- What is derived, as data: of every place of some levels one stream. A change closes the row and adds
-- another, so that it can be told what a value meant when it was told.
CREATE TABLE fangma.derivation (
  id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  site_id      uuid NOT NULL REFERENCES fangma.entry,
  name         text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9-]{0,59}$'),
  property     text NOT NULL,            -- of the streams that it is made of
  function     text NOT NULL CHECK (function IN ('sum', 'mean', 'area-mean', 'max', 'min', 'count')),
  of_what      text NOT NULL CHECK (of_what IN ('newest', 'hour', 'used')),
  unit         text,                     -- UCUM of those streams; others are left out
  levels       text[] NOT NULL CHECK (levels <> '{}' AND
                 levels <@ '{room,storey,building,site,unit}'),
  fresh_s      double precision NOT NULL CHECK (fresh_s > 0),
  least_share  double precision NOT NULL CHECK (least_share BETWEEN 0 AND 1),
  recorded     tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id  bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  closed_by    bigint REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED,
  filled_until timestamptz               -- of hours: those before are told
);
CREATE UNIQUE INDEX derivation_name ON fangma.derivation (site_id, name) WHERE upper_inf(recorded);

-- What a stream is expected to read on average in an hour, and how far from it it usually is.
CREATE TABLE fangma.forecast (
  stream_id integer NOT NULL REFERENCES fangma.stream,
  at        timestamptz NOT NULL,        -- the hour's beginning
  number    double precision NOT NULL,
  error     double precision NOT NULL CHECK (error >= 0),  -- mean absolute, on weeks held out
  made_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream_id, at)
);

ALTER TABLE fangma.derivation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY derivation_seen ON fangma.derivation USING (
  site_id IN (SELECT site_id FROM fangma.scope));
ALTER TABLE fangma.forecast ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY forecast_seen ON fangma.forecast USING (
  (SELECT fangma.reader()) = 'operator'
  OR EXISTS (SELECT FROM fangma.stream AS s WHERE s.id = stream_id));

GRANT SELECT, INSERT ON fangma.derivation, fangma.forecast TO fangma_app;
GRANT UPDATE (recorded, closed_by, filled_until) ON fangma.derivation TO fangma_app;
GRANT UPDATE (number, error, made_at) ON fangma.forecast TO fangma_app;
