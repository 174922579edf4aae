-- Lineage that can be undone, facts that follow the rooms that they are about, imports rolled back.

-- Undone lineage stays on record, and may be told again.
ALTER TABLE fangma.lineage ADD COLUMN undone_by bigint;
ALTER TABLE fangma.lineage DROP CONSTRAINT lineage_pkey;
CREATE UNIQUE INDEX lineage_told ON fangma.lineage (predecessor_id, successor_id)
 WHERE undone_by IS NULL;
CREATE INDEX lineage_successor ON fangma.lineage (successor_id);
GRANT UPDATE (undone_by) ON fangma.lineage TO fangma_app;

-- Questions of an import that was rolled back need no answer.
ALTER TABLE fangma.review ADD COLUMN withdrawn_by bigint;
GRANT UPDATE (withdrawn_by) ON fangma.review TO fangma_app;

-- What the columns of fangma.model held before this file came, so that it can be taken back.
ALTER TABLE fangma.model_revision ADD COLUMN model_before jsonb;

-- Tables of facts: whatever has both clocks and is about an entry, a unit or a person.
CREATE VIEW fangma.fact_table AS
SELECT c.relname::text AS name,
       (SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attname IN ('entry_id', 'unit_id', 'person_id')
         ORDER BY a.attname <> 'entry_id', a.attnum LIMIT 1) AS subject,
       -- What is written when a row is added: no identity, nothing generated.
       (SELECT string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attidentity = '' AND a.attgenerated = '') AS columns
  FROM pg_catalog.pg_class AS c
 WHERE c.relnamespace = 'fangma'::regnamespace AND c.relkind = 'r'
   AND 4 = (SELECT count(*) FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid
               AND a.attname IN ('valid', 'recorded', 'revision_id', 'closed_by'));
GRANT SELECT ON fangma.fact_table TO fangma_app;

CREATE FUNCTION fangma.fact_table_of(wanted text) RETURNS fangma.fact_table
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  found fangma.fact_table;
BEGIN
  SELECT * INTO STRICT found FROM fangma.fact_table WHERE name = wanted;
  RETURN found;
END $$;

-- What is held now of some entries for the time from `since` on; `place` names a row for close_facts().
CREATE FUNCTION fangma.facts_held(tab text, about uuid[], since timestamptz)
RETURNS TABLE (place text, valid_from timestamptz, valid_to timestamptz, fact jsonb)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT t.ctid::text, lower(t.valid), upper(t.valid),
            to_jsonb(t) - ''{id,valid,recorded,revision_id,closed_by,scope_id,holder_id}''::text[]
       FROM fangma.%I AS t
      WHERE t.%I = ANY ($1) AND upper_inf(t.recorded) AND t.valid && tstzrange($2, NULL)
      ORDER BY lower(t.valid) NULLS FIRST, t.ctid',
    tab, (fangma.fact_table_of(tab)).subject) USING about, since;
END $$;

CREATE FUNCTION fangma.close_facts(
  tab text, places text[], at_moment timestamptz, by_revision bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  done bigint;
BEGIN
  EXECUTE format(
    'UPDATE fangma.%I SET recorded = tstzrange(lower(recorded), $2), closed_by = $3
      WHERE ctid = ANY ($1::tid[]) AND upper_inf(recorded)',
    (fangma.fact_table_of(tab)).name) USING places, at_moment, by_revision;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;

-- `facts`: as facts_held() gives them, each with `valid` as the text of a range.
CREATE FUNCTION fangma.add_facts(
  tab text, facts jsonb, at_moment timestamptz, by_revision bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  form fangma.fact_table := fangma.fact_table_of(tab);
  done bigint;
BEGIN
  EXECUTE format(
    'INSERT INTO fangma.%1$I (%2$s)
     SELECT %2$s
       FROM jsonb_populate_recordset(NULL::fangma.%1$I, (
              SELECT coalesce(jsonb_agg(f.fact || jsonb_build_object(
                       ''recorded'', tstzrange($2, NULL), ''revision_id'', $3,
                       ''scope_id'', (SELECT e.scope_id FROM fangma.entry AS e
                                       WHERE e.id = (f.fact ->> %3$L)::uuid))), ''[]'')
                FROM jsonb_array_elements($1) AS f (fact)))',
    tab, form.columns, form.subject) USING facts, at_moment, by_revision;
  GET DIAGNOSTICS done = ROW_COUNT;
  RETURN done;
END $$;

-- What a revision said is no longer held; what it closed is held again.
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

REVOKE EXECUTE ON FUNCTION
  fangma.fact_table_of(text), fangma.facts_held(text, uuid[], timestamptz),
  fangma.close_facts(text, text[], timestamptz, bigint),
  fangma.add_facts(text, jsonb, timestamptz, bigint),
  fangma.undo_facts(text, bigint[], timestamptz, bigint), fangma.facts_after(text, bigint[])
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  fangma.fact_table_of(text), fangma.facts_held(text, uuid[], timestamptz),
  fangma.close_facts(text, text[], timestamptz, bigint),
  fangma.add_facts(text, jsonb, timestamptz, bigint),
  fangma.undo_facts(text, bigint[], timestamptz, bigint), fangma.facts_after(text, bigint[])
  TO fangma_app;

-- What a report tells, without what quotes the name, number or code of a secret room of the model's
-- buildings. Words that an open room bears too give nothing away. It looks at secret rooms whoever
-- asks; whether the asker may see them is for the asking query to say.
CREATE FUNCTION fangma.without_secret_words(told jsonb, key text, buildings uuid[], site uuid)
RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  asker text := current_setting('fangma.reader', true);
  words text[];
BEGIN
  -- An owner who is no superuser may not say this as the function's own setting.
  PERFORM set_config('fangma.reader', 'operator', true);
  SELECT array_agg(s.word) INTO words
    FROM (SELECT left(w.word, 30) AS word
            FROM fangma.scope AS c
            JOIN fangma.entry AS e ON e.scope_id = c.id
            JOIN fangma.state AS t ON t.entry_id = e.id
           CROSS JOIN LATERAL (VALUES (t.name), (t.number), (e.code)) AS w (word)
           WHERE c.site_id = site AND c.secret
             AND (c.building_id = ANY (buildings) OR c.building_id IS NULL) AND w.word ~ '\S'
          EXCEPT
          SELECT left(w.word, 30)
            FROM fangma.scope AS c
            JOIN fangma.entry AS e ON e.scope_id = c.id AND e.kind = 'room'
            JOIN fangma.state AS t ON t.entry_id = e.id
           CROSS JOIN LATERAL (VALUES (t.name), (t.number)) AS w (word)
           WHERE c.site_id = site AND NOT c.secret AND c.building_id = ANY (buildings)) AS s;
  PERFORM set_config('fangma.reader', coalesce(asker, ''), true);
  IF words IS NULL THEN
    RETURN told;
  END IF;
  -- 101 is not quoted by 1012; Chinese has no spaces between words.
  RETURN coalesce((
    SELECT jsonb_agg(i.item ORDER BY i.place)
      FROM jsonb_array_elements(told) WITH ORDINALITY AS i (item, place)
     WHERE NOT EXISTS (
       SELECT FROM unnest(words) AS w (word)
        WHERE strpos(i.item ->> key, w.word) > 0
          AND i.item ->> key ~ ('(?<![0-9A-Za-z])'
                                || regexp_replace(w.word, '([!-/:-@\[-`{-~])', '\\\1', 'g')
                                || '(?![0-9A-Za-z])'))), '[]');
END $$;
REVOKE EXECUTE ON FUNCTION fangma.without_secret_words(jsonb, text, uuid[], uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.without_secret_words(jsonb, text, uuid[], uuid) TO fangma_app;
