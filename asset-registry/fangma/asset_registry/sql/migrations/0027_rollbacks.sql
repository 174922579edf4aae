-- An import that others followed, all of them taken back, is taken back with what they cancelled out.
DROP FUNCTION fangma.undo_facts(text, bigint, timestamptz, bigint), fangma.facts_after(text, bigint);

CREATE FUNCTION fangma.undo_facts(
  tab text, undone bigint[], at_moment timestamptz, by_revision bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  form fangma.fact_table := fangma.fact_table_of(tab);
  chosen text;
  done bigint;
BEGIN
  EXECUTE format(
    'UPDATE fangma.%I SET recorded = tstzrange(lower(recorded), $2), closed_by = $3
      WHERE revision_id = ANY ($1) AND upper_inf(recorded)', tab)
    USING undone, at_moment, by_revision;
  -- The same columns in the same order, three of them told anew.
  chosen := regexp_replace(
    regexp_replace(
      regexp_replace(form.columns, '\mrecorded\M', 'tstzrange($2, NULL)'),
      '\mrevision_id\M', '$3'),
    '\mclosed_by\M', 'NULL');
  EXECUTE format(
    'INSERT INTO fangma.%1$I (%2$s) SELECT %3$s FROM fangma.%1$I
      WHERE closed_by = ANY ($1) AND revision_id <> ALL ($1)',
    tab, form.columns, chosen) USING undone, at_moment, by_revision;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;

-- What was recorded later, by others than the revisions themselves, of the things that they brought
-- in, or of facts that they told.
CREATE FUNCTION fangma.facts_after(tab text, undone bigint[])
RETURNS TABLE (subject uuid, revision bigint)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT DISTINCT t.%2$I, later.revision
       FROM fangma.%1$I AS t
      CROSS JOIN LATERAL unnest(ARRAY[t.revision_id, t.closed_by]) AS later (revision)
      WHERE later.revision > (SELECT min(u) FROM unnest($1) AS u) AND later.revision <> ALL ($1)
        AND (t.%2$I IN (SELECT o.%2$I FROM fangma.%1$I AS o
                         WHERE o.revision_id = ANY ($1) OR o.closed_by = ANY ($1))
             OR t.%2$I IN (SELECT e.id FROM fangma.entry AS e WHERE e.revision_id = ANY ($1)))',
    tab, (fangma.fact_table_of(tab)).subject) USING undone;
END $$;

REVOKE EXECUTE ON FUNCTION
  fangma.undo_facts(text, bigint[], timestamptz, bigint), fangma.facts_after(text, bigint[])
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  fangma.undo_facts(text, bigint[], timestamptz, bigint), fangma.facts_after(text, bigint[])
  TO fangma_app;
