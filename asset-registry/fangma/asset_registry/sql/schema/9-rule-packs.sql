-- Rule packs that the administrator laid over those that are shipped, for good: of a name the newest
-- holds, and one without a body says that nothing of that name is laid over any more.
CREATE TABLE fangma.rule_pack (
  number      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  body        text CHECK (length(body) BETWEEN 1 AND 200000),  -- YAML, as it was given
  added_at    timestamptz NOT NULL,
  added_by    text NOT NULL,
  reason      text NOT NULL CHECK (reason <> ''),
  revision_id bigint NOT NULL REFERENCES fangma.revision DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX rule_pack_name ON fangma.rule_pack (name, number DESC);
-- Published rules; no place and nobody is named.
ALTER TABLE fangma.rule_pack ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY rule_pack_seen ON fangma.rule_pack USING ((SELECT fangma.reader()) IS NOT NULL);
GRANT SELECT, INSERT ON fangma.rule_pack TO fangma_app;
