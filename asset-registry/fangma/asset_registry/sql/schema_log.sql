-- What store.schema asks of a database before and after migrations.

-- name: lock_migrations
-- Held until the connection closes: programs that start together take turns.
SELECT pg_advisory_lock(x'6d696772617465'::bigint);

-- name: has_migrations
SELECT to_regclass('fangma.migration') IS NOT NULL;

-- name: list_migrations
SELECT name, checksum
  FROM fangma.migration
 ORDER BY name;

-- name: record_migration
INSERT INTO fangma.migration (name, checksum)
VALUES (%(name)s, %(checksum)s);

-- name: mark_leakproof
-- Under row-level security an index serves a condition only when its operator is leakproof, that is,
-- when it tells nothing of a row before the policy has been asked. These are (they compare boxes,
-- texts and ranges, and raise no error that quotes a value), but are not marked so as shipped. Only
-- a superuser may mark them; on another server the queries are as right, but slower. Done after
-- every migration, since a dump does not carry it.
DO $$
DECLARE
  f regprocedure;
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RETURN;
  END IF;
  FOR f IN
    SELECT p.oid::regprocedure
      FROM pg_operator AS o
      JOIN pg_proc AS p ON p.oid = o.oprcode
     WHERE NOT p.proleakproof
       AND ((o.oprname IN ('&&', '&&&') AND o.oprleft = 'geometry'::regtype AND o.oprright = 'geometry'::regtype)
            OR (o.oprname = '@>' AND o.oprleft = 'anyarray'::regtype))
  LOOP
    EXECUTE format('ALTER FUNCTION %s LEAKPROOF', f);
  END LOOP;
END $$;
