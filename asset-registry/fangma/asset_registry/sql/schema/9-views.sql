-- Views of a site that people keep by name: how the scene looked, so that a link brings it back.
-- They say nothing of the world: no revision is made of them, and they may be changed and removed.
CREATE TABLE fangma.saved_view (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id   uuid NOT NULL,            -- the site
  scope_id   integer NOT NULL,
  owner_id   uuid NOT NULL REFERENCES fangma.account ON DELETE CASCADE,
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  page       text NOT NULL CHECK (page ~ '^[a-z]{0,20}$'),
  hash       text NOT NULL CHECK (length(hash) BETWEEN 1 AND 8000),
  codes      text[] NOT NULL,          -- what the hash names
  shared     boolean NOT NULL,
  saved_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (owner_id, entry_id, name),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX saved_view_entry ON fangma.saved_view (entry_id);

-- One's own, and what others share, as long as one sees everything that it names: a view tells of a
-- room by its code, and of a secret one it must not.
ALTER TABLE fangma.saved_view ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY saved_view_seen ON fangma.saved_view FOR SELECT USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id)
  AND (shared OR owner_id::text = (SELECT fangma.reader()) OR (SELECT fangma.reader()) = 'operator')
  AND NOT EXISTS (
    SELECT FROM unnest(codes) AS named (code)
     WHERE NOT EXISTS (SELECT FROM fangma.entry AS e WHERE e.code = named.code)));
CREATE POLICY saved_view_added ON fangma.saved_view FOR INSERT WITH CHECK (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id)
  AND owner_id::text = (SELECT fangma.reader()));
CREATE POLICY saved_view_changed ON fangma.saved_view FOR UPDATE USING (
  owner_id::text = (SELECT fangma.reader()));
CREATE POLICY saved_view_removed ON fangma.saved_view FOR DELETE USING (
  owner_id::text = (SELECT fangma.reader()));

GRANT SELECT, INSERT, DELETE ON fangma.saved_view TO fangma_app;
GRANT UPDATE (page, hash, codes, shared, saved_at) ON fangma.saved_view TO fangma_app;
