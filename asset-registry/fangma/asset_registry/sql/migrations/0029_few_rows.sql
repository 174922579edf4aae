-- The same people are seen as before, by tests that cost a look-up nothing: `IN (SELECT ...)` is charged
-- for each look-up of a nested loop, so that whoever asked for one person was read all of them. Beside
-- each post and each name stands the site of its person, as the foreign key holds.
ALTER TABLE fangma.person ADD UNIQUE (id, site_id);

-- An owner who is no superuser is held to the policies, and would see no row here.
ALTER TABLE fangma.person NO FORCE ROW LEVEL SECURITY;
ALTER TABLE fangma.post NO FORCE ROW LEVEL SECURITY;
ALTER TABLE fangma.personal_detail NO FORCE ROW LEVEL SECURITY;

ALTER TABLE fangma.post ADD COLUMN site_id uuid;
UPDATE fangma.post AS t SET site_id = p.site_id FROM fangma.person AS p WHERE p.id = t.person_id;
ALTER TABLE fangma.post
  ALTER COLUMN site_id SET NOT NULL,
  DROP CONSTRAINT post_person_id_fkey,
  ADD FOREIGN KEY (person_id, site_id) REFERENCES fangma.person (id, site_id);

ALTER TABLE fangma.personal_detail ADD COLUMN site_id uuid;
UPDATE fangma.personal_detail AS d SET site_id = p.site_id FROM fangma.person AS p WHERE p.id = d.person_id;
ALTER TABLE fangma.personal_detail
  ALTER COLUMN site_id SET NOT NULL,
  DROP CONSTRAINT personal_detail_person_id_fkey,
  ADD FOREIGN KEY (person_id, site_id) REFERENCES fangma.person (id, site_id);

ALTER TABLE fangma.person FORCE ROW LEVEL SECURITY;
ALTER TABLE fangma.post FORCE ROW LEVEL SECURITY;
ALTER TABLE fangma.personal_detail FORCE ROW LEVEL SECURITY;

-- People as ranges, so that one is found among many by halving.
CREATE TYPE fangma.uuid_range AS RANGE (subtype = uuid, multirange_type_name = fangma.uuid_multirange);
CREATE INDEX assignment_scope ON fangma.assignment (scope_id);

-- Who was ever given a room that the reader may see; by the index, since one of few buildings may hold
-- nearly everybody.
CREATE FUNCTION fangma.holders_seen() RETURNS fangma.uuid_multirange
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, fangma, pg_temp
SET enable_seqscan = off
AS $$
  SELECT coalesce(range_agg(fangma.uuid_range(h.person_id, h.person_id, '[]')), '{}')
    FROM fangma.scope AS s
   CROSS JOIN LATERAL (
     SELECT a.person_id
       FROM fangma.assignment AS a
      WHERE a.scope_id = s.id AND a.person_id IS NOT NULL
     OFFSET 0) AS h
$$;
REVOKE EXECUTE ON FUNCTION fangma.holders_seen() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.holders_seen() TO fangma_app;

-- Each (SELECT f()) is asked once a query; who holds a room is asked only for whom nothing before it lets see.
ALTER POLICY person_seen ON fangma.person USING (
  (SELECT fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), id)));
ALTER POLICY post_seen ON fangma.post USING (
  (SELECT fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), person_id)));
ALTER POLICY personal_detail_seen ON fangma.personal_detail USING (
  (SELECT fangma.reads_names() AND fangma.reads_people())
  AND ((SELECT fangma.sees_all())
       OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
       OR multirange_contains_elem((SELECT fangma.holders_seen()), person_id)));

-- What a decision told and what it closed are found by its revision, when it is taken back.
CREATE INDEX entry_revision ON fangma.entry (revision_id);
CREATE INDEX accuracy_revision ON fangma.accuracy (revision_id);
CREATE INDEX accuracy_closed ON fangma.accuracy (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX assignment_revision ON fangma.assignment (revision_id);
CREATE INDEX assignment_closed ON fangma.assignment (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX binding_revision ON fangma.binding (revision_id);
CREATE INDEX binding_closed ON fangma.binding (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX building_record_revision ON fangma.building_record (revision_id);
CREATE INDEX building_record_closed ON fangma.building_record (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX camera_view_revision ON fangma.camera_view (revision_id);
CREATE INDEX camera_view_closed ON fangma.camera_view (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX lease_revision ON fangma.lease (revision_id);
CREATE INDEX lease_closed ON fangma.lease (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ledger_revision ON fangma.ledger (revision_id);
CREATE INDEX ledger_closed ON fangma.ledger (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX pipe_join_revision ON fangma.pipe_join (revision_id);
CREATE INDEX pipe_join_closed ON fangma.pipe_join (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX post_revision ON fangma.post (revision_id);
CREATE INDEX post_closed ON fangma.post (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX shape_revision ON fangma.shape (revision_id);
CREATE INDEX shape_closed ON fangma.shape (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX state_revision ON fangma.state (revision_id);
CREATE INDEX state_closed ON fangma.state (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX title_revision ON fangma.title (revision_id);
CREATE INDEX title_closed ON fangma.title (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX unit_state_revision ON fangma.unit_state (revision_id);
CREATE INDEX unit_state_closed ON fangma.unit_state (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX valve_position_revision ON fangma.valve_position (revision_id);
CREATE INDEX valve_position_closed ON fangma.valve_position (closed_by) WHERE closed_by IS NOT NULL;

CREATE OR REPLACE FUNCTION fangma.facts_after(tab text, undone bigint[])
RETURNS TABLE (subject uuid, revision bigint)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  -- Thing by thing through the index (OFFSET 0): without a row of the revisions the planner guesses
  -- thousands, and would go through the whole table.
  RETURN QUERY EXECUTE format(
    'SELECT DISTINCT about.id, later.revision
       FROM (SELECT o.%2$I FROM fangma.%1$I AS o WHERE o.revision_id = ANY ($1)
              UNION SELECT o.%2$I FROM fangma.%1$I AS o WHERE o.closed_by = ANY ($1)
              UNION SELECT e.id FROM fangma.entry AS e WHERE e.revision_id = ANY ($1)) AS about (id)
      CROSS JOIN LATERAL (
        SELECT t.revision_id, t.closed_by FROM fangma.%1$I AS t WHERE t.%2$I = about.id OFFSET 0) AS told
      CROSS JOIN LATERAL unnest(ARRAY[told.revision_id, told.closed_by]) AS later (revision)
      WHERE later.revision > (SELECT min(u) FROM unnest($1) AS u) AND later.revision <> ALL ($1)',
    tab, (fangma.fact_table_of(tab)).subject) USING undone;
END $$;
