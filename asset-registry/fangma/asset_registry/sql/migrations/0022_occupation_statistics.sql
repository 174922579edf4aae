-- As refresh_statistics(), for the people side: the audit joins all of it at once.
CREATE FUNCTION fangma.refresh_occupation_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.person (id, site_id),
          fangma.post (person_id, unit_id, valid, recorded),
          fangma.assignment (entry_id, scope_id, person_id, unit_id, valid, recorded),
          fangma.lease (entry_id, scope_id, valid, recorded),
          fangma.ledger (entry_id, scope_id, unit_id, valid, recorded);
END $$;
REVOKE EXECUTE ON FUNCTION fangma.refresh_occupation_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.refresh_occupation_statistics() TO fangma_app;
