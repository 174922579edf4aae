-- What SensorThings clients say of a Sensor or an ObservedProperty before, or besides, any stream of it.
CREATE TABLE fangma.description (
  set_name text NOT NULL CHECK (set_name IN ('Sensors', 'ObservedProperties')),
  key      text COLLATE "C" NOT NULL CHECK (key <> '' AND length(key) <= 200),
  body     jsonb NOT NULL,
  PRIMARY KEY (set_name, key)
);
-- Kinds of instruments and of what they measure; no place and no stream is named.
ALTER TABLE fangma.description ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY description_seen ON fangma.description USING ((SELECT fangma.reader()) IS NOT NULL);
GRANT SELECT, INSERT ON fangma.description TO fangma_app;
GRANT UPDATE (body) ON fangma.description TO fangma_app;
