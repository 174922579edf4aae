-- Integrity that is cheaper to prove once a statement than once a row ----------------------------

-- The one lock of all recording transactions; held until commit.
CREATE FUNCTION fangma.lock_recording() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock(x'66616e676d61'::bigint) $$;

-- The same in shared mode: returns when no recording is under way.
CREATE FUNCTION fangma.await_recording() RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$ SELECT pg_advisory_xact_lock_shared(x'66616e676d61'::bigint) $$;

-- ANALYZE is the owner's alone; an import asks for it when it has added much.
CREATE FUNCTION fangma.refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.scope, fangma.entry (code, kind, scope_id, revision_id),
          fangma.state (entry_id, scope_id, valid, recorded, building_id, storey_id, use, coded),
          fangma.shape (entry_id, scope_id, valid, recorded, extent),
          fangma.source (entry_id, scope_id, model_id, since_id, until_id, guid);
END $$;

CREATE FUNCTION fangma.no_overlap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  PERFORM fangma.lock_recording();
  EXECUTE format(
    'SELECT a.entry_id
       FROM fangma.%1$I AS a
      WHERE upper_inf(a.recorded)
        AND a.entry_id IN (SELECT r.entry_id FROM added AS r WHERE upper_inf(r.recorded))
      GROUP BY a.entry_id
     HAVING count(*) > 1
        AND (SELECT bool_or(b.clashes)
               FROM (SELECT lag(c.valid) OVER (ORDER BY c.valid) && c.valid AS clashes
                       FROM fangma.%1$I AS c
                      WHERE c.entry_id = a.entry_id AND upper_inf(c.recorded)) AS b)
      LIMIT 1', TG_TABLE_NAME) INTO culprit;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'two current rows of % overlap for entry %', TG_TABLE_NAME, culprit
      USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION fangma.places_exist() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  SELECT place.id INTO culprit
    FROM (SELECT building_id AS id, 'building' AS kind FROM added
          UNION SELECT storey_id, 'storey' FROM added) AS place
    LEFT JOIN fangma.entry AS e USING (id, kind)
   WHERE place.id IS NOT NULL AND e.id IS NULL
   LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'a state names a building or storey that does not exist: %', culprit
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION fangma.models_exist() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
DECLARE
  culprit uuid;
BEGIN
  SELECT s.since_id INTO culprit
    FROM (SELECT DISTINCT since_id, model_id FROM added) AS s
    LEFT JOIN fangma.model_revision AS r ON r.id = s.since_id AND r.model_id = s.model_id
   WHERE r.id IS NULL
   LIMIT 1;
  IF culprit IS NOT NULL THEN
    RAISE EXCEPTION 'a source names a model revision that does not exist: %', culprit
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER state_no_overlap_insert AFTER INSERT ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER state_no_overlap_update AFTER UPDATE ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER state_places AFTER INSERT ON fangma.state
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.places_exist();
CREATE TRIGGER shape_no_overlap_insert AFTER INSERT ON fangma.shape
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER shape_no_overlap_update AFTER UPDATE ON fangma.shape
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap();
CREATE TRIGGER source_models AFTER INSERT ON fangma.source
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION fangma.models_exist();

-- Who may see and write what: the role fangma_app, row-level security, the hash chain of the audit log.
-- The application connects, then takes the role fangma_app, which owns nothing and has no DELETE.

-- Roles belong to the cluster, so another database of it may be making the same one right now.
DO $$
BEGIN
  IF to_regrole('fangma_app') IS NULL THEN
    CREATE ROLE fangma_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END $$;
DO $$
BEGIN
  IF NOT pg_has_role(session_user, 'fangma_app', 'MEMBER') THEN
    EXECUTE format('GRANT fangma_app TO %I', session_user);
  END IF;
END $$;

-- Who reads ----------------------------------------------------------------------------------------

-- The reader of this transaction: an account's id, `operator` (the command line on the machine
-- itself), or NULL: nobody, who sees nothing.
CREATE FUNCTION fangma.reader() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('fangma.reader', true), '') $$;

-- The reader's account, if it is one and may sign in.
CREATE FUNCTION fangma.reader_account() RETURNS fangma.account
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT a FROM fangma.account AS a
   WHERE a.id::text = fangma.reader() AND NOT a.disabled
$$;

CREATE FUNCTION fangma.sees_all() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator' OR (fangma.reader_account()).every_site, false)
$$;

CREATE FUNCTION fangma.sees_secret() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator' OR (fangma.reader_account()).sees_secret, false)
$$;

-- The whole audit log is for the security officer and the auditor.
CREATE FUNCTION fangma.reads_audit_log() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(fangma.reader() = 'operator'
                  OR (fangma.reader_account()).roles && ARRAY['security', 'auditor'], false)
$$;

-- Sites granted whole.
CREATE FUNCTION fangma.visible_sites() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(g.site_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id AND g.building_id IS NULL
$$;

-- Buildings granted one by one.
CREATE FUNCTION fangma.visible_buildings() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(g.building_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id AND g.building_id IS NOT NULL
$$;

-- Sites of which anything at all is granted: their own entry (name, place) may be seen.
CREATE FUNCTION fangma.entered_sites() RETURNS uuid[]
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT g.site_id), '{}')
    FROM fangma.account_grant AS g
   WHERE g.account_id = (fangma.reader_account()).id
$$;

-- Policies -----------------------------------------------------------------------------------------
-- scope's policy is the one place where "may see" is decided. Whatever carries a scope asks whether
-- it is among the ranges of those of fangma.scope, which are read once a query. `scope_id IN (SELECT
-- id FROM fangma.scope)` says the same and is read once too, but the planner charges it for each
-- look-up of a nested loop, and so used to read every state of a large site for the sake of a few.
-- Every (SELECT f()) below runs once a query too.

ALTER TABLE fangma.scope ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY scope_seen ON fangma.scope USING (
  ((SELECT fangma.sees_all())
   OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
   OR building_id = ANY ((SELECT fangma.visible_buildings())::uuid[])
   OR (part = 'site' AND site_id = ANY ((SELECT fangma.entered_sites())::uuid[])))
  AND (NOT secret OR (SELECT fangma.sees_secret())));

ALTER TABLE fangma.entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entry_seen ON fangma.entry USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

ALTER TABLE fangma.state ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY state_seen ON fangma.state USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

ALTER TABLE fangma.shape ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY shape_seen ON fangma.shape USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

ALTER TABLE fangma.source ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY source_seen ON fangma.source USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

ALTER TABLE fangma.tile ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tile_seen ON fangma.tile USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

-- A split that ended in a secret room says nothing of it to those not entitled.
ALTER TABLE fangma.lineage ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY lineage_seen ON fangma.lineage USING (
  EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = predecessor_id)
  AND EXISTS (SELECT FROM fangma.entry AS e WHERE e.id = successor_id));

ALTER TABLE fangma.site ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY site_seen ON fangma.site USING (
  EXISTS (SELECT FROM fangma.scope AS s WHERE s.site_id = entry_id));

-- A model of several buildings is seen by whoever sees one of them.
ALTER TABLE fangma.model ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY model_seen ON fangma.model USING (
  (SELECT fangma.sees_all())
  OR site_id = ANY ((SELECT fangma.visible_sites())::uuid[])
  OR building_ids && (SELECT fangma.visible_buildings())::uuid[]);

ALTER TABLE fangma.model_revision ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY model_revision_seen ON fangma.model_revision USING (
  model_id IN (SELECT id FROM fangma.model));

-- The clock of the registry and the parts of codes: no names, but nothing for nobody.
ALTER TABLE fangma.revision ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY revision_seen ON fangma.revision USING ((SELECT fangma.reader()) IS NOT NULL);
ALTER TABLE fangma.code_part ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY code_part_seen ON fangma.code_part USING ((SELECT fangma.reader()) IS NOT NULL);
ALTER TABLE fangma.code_serial ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY code_serial_seen ON fangma.code_serial USING ((SELECT fangma.reader()) IS NOT NULL);

-- Signing in happens before there is a reader, so these cannot ask for one; the web server guards
-- them by role (twin.http), and no password is among them, only argon2id hashes.
ALTER TABLE fangma.account ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_for_sign_in ON fangma.account USING (true);
ALTER TABLE fangma.account_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY account_grant_for_sign_in ON fangma.account_grant USING (true);
ALTER TABLE fangma.session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY session_for_sign_in ON fangma.session USING (true);
ALTER TABLE fangma.sign_in_attempt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_attempt_for_sign_in ON fangma.sign_in_attempt USING (true);
ALTER TABLE fangma.migration ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY migration_for_doctor ON fangma.migration USING (true);

-- fangma_app has no INSERT here: rows come from audit_append(), which runs as the owner.
ALTER TABLE fangma.audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_log_read ON fangma.audit_log FOR SELECT USING (
  current_user <> 'fangma_app' OR (SELECT fangma.reads_audit_log()));
CREATE POLICY audit_log_append ON fangma.audit_log FOR INSERT
  WITH CHECK (current_user <> 'fangma_app');

-- Audit log ------------------------------------------------------------------------------------------

-- The text that is hashed: a JSON array as PostgreSQL prints jsonb, e.g.
-- [1, "2026-11-21T01:02:03.000004Z", "wang", "import", "330302-001-L", "done", {"file": "a.ifc"}]
CREATE FUNCTION fangma.audit_text(
  id bigint, at timestamptz, actor text, action text, subject text, outcome text, detail jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT jsonb_build_array(
    id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    actor, action, subject, outcome, detail)::text
$$;

-- hash = SHA-256(previous hash || UTF-8 of audit_text); the first previous is 32 zero bytes.
-- The lock is held until commit, so append last in a transaction, after anything recorded.
CREATE FUNCTION fangma.audit_append(
  actor text, action text, subject text, outcome text, detail jsonb)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, pg_temp
AS $$
DECLARE
  newest fangma.audit_log;
  id bigint;
  moment timestamptz;
  previous bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(x'6175646974'::bigint);
  SELECT * INTO newest FROM fangma.audit_log AS l ORDER BY l.id DESC LIMIT 1;
  id := coalesce(newest.id, 0) + 1;
  moment := greatest(clock_timestamp(), newest.at);
  previous := coalesce(newest.hash, decode(repeat('00', 32), 'hex'));
  INSERT INTO fangma.audit_log (id, at, actor, action, subject, outcome, detail, previous, hash)
  VALUES (id, moment, actor, action, subject, outcome, coalesce(detail, '{}'), previous,
          sha256(previous || convert_to(
            fangma.audit_text(id, moment, actor, action, subject, outcome, coalesce(detail, '{}')),
            'UTF8')));
  RETURN id;
END $$;

CREATE FUNCTION fangma.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% of % is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fangma.audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.refuse_change();
ALTER TABLE fangma.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only;

-- Grants ---------------------------------------------------------------------------------------------
-- Facts are added and closed, never rewritten or deleted: UPDATE is granted column by column.

GRANT USAGE ON SCHEMA fangma TO fangma_app;
GRANT SELECT ON ALL TABLES IN SCHEMA fangma TO fangma_app;
GRANT INSERT ON
  fangma.revision, fangma.scope, fangma.entry, fangma.site, fangma.code_part, fangma.code_serial,
  fangma.state, fangma.shape, fangma.lineage, fangma.model, fangma.model_revision, fangma.source,
  fangma.tile, fangma.account, fangma.account_grant, fangma.session TO fangma_app;
GRANT UPDATE (scope_id) ON fangma.entry TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.state, fangma.shape TO fangma_app;
GRANT UPDATE (name, epsg, origin, latitude, longitude) ON fangma.site TO fangma_app;
GRANT UPDATE (last) ON fangma.code_serial TO fangma_app;
GRANT UPDATE (building_ids, building_guids, name, project_guid, project_name, placement, georeferenced, outlines)
  ON fangma.model TO fangma_app;
GRANT UPDATE (current) ON fangma.model_revision TO fangma_app;
GRANT UPDATE (until_id) ON fangma.source TO fangma_app;
-- A room that becomes secret takes the tiles that show it along (sql/secrecy.sql).
GRANT UPDATE (retired_by, scope_id, visibility) ON fangma.tile TO fangma_app;
GRANT UPDATE ON fangma.account TO fangma_app;
GRANT UPDATE (seen_at, expires_at) ON fangma.session TO fangma_app;
GRANT INSERT, UPDATE, DELETE ON fangma.sign_in_attempt TO fangma_app;
GRANT DELETE ON fangma.account_grant, fangma.session TO fangma_app;
GRANT USAGE ON SEQUENCE fangma.revision_id TO fangma_app;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA fangma FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA fangma TO fangma_app;
