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
