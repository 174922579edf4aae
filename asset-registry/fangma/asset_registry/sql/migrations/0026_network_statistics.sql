-- As refresh_statistics(), for joins and surveys: questions of pipes join all of them at once.
CREATE FUNCTION fangma.refresh_network_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, fangma, public, pg_temp
AS $$
BEGIN
  ANALYZE fangma.pipe_join (entry_id, scope_id, other_id, other_scope_id, valid, recorded),
          fangma.valve_position (entry_id, scope_id, valid, recorded),
          fangma.accuracy (entry_id, scope_id, valid, recorded);
END $$;
REVOKE EXECUTE ON FUNCTION fangma.refresh_network_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION fangma.refresh_network_statistics() TO fangma_app;
