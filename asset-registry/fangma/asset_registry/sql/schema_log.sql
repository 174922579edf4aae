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
-- Under row-level security the planner uses an index, or even its statistics, for a condition only
-- when the operator is leakproof, that is, tells nothing of a row before the policy has been asked.
-- These are (they compare boxes, ranges and texts, and raise no error that quotes a row), but are
-- shipped without the mark. Only a superuser may set it; on another server the queries are as right,
-- but slower. Done after every migration, since a dump does not carry it.
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
      JOIN (VALUES ('&&', 'geometry', 'geometry'), ('&&&', 'geometry', 'geometry'),
                   ('@>', 'anyrange', 'anyelement'), ('&&', 'anyrange', 'anyrange'),
                   ('@>', 'anyarray', 'anyarray'), ('~~', 'text', 'text'), ('~~*', 'text', 'text'))
             AS safe (name, of_left, of_right)
        ON o.oprname = safe.name
       AND o.oprleft = safe.of_left::regtype
       AND o.oprright = safe.of_right::regtype
     WHERE NOT p.proleakproof
     UNION
    SELECT x::regprocedure
      FROM unnest(ARRAY['upper_inf(anyrange)', 'tstzrange_subdiff(timestamptz, timestamptz)',
                        'fangma.grams(text, text)']) AS x
     WHERE to_regprocedure(x) IS NOT NULL
  LOOP
    EXECUTE format('ALTER FUNCTION %s LEAKPROOF', f);
  END LOOP;
END $$;
