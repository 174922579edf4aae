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
