-- Where cameras look: a fact with two clocks. Angles in degrees, the heading clockwise from grid north;
-- what nobody told is NULL, and reckoned with as cameras/watch.yaml says.
CREATE TABLE fangma.camera_view (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id       uuid NOT NULL,
  scope_id       integer NOT NULL,
  valid          tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded       tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id    bigint NOT NULL,
  closed_by      bigint,
  place          geometry(PointZ, 0) NOT NULL,   -- the lens, metres, the site's CRS
  heading_deg    double precision NOT NULL CHECK (heading_deg >= 0 AND heading_deg < 360),
  horizontal_deg double precision NOT NULL CHECK (horizontal_deg > 0 AND horizontal_deg <= 360),
  vertical_deg   double precision CHECK (vertical_deg > 0 AND vertical_deg <= 180),
  tilt_deg       double precision CHECK (tilt_deg BETWEEN -90 AND 90),   -- below the horizon
  range_m        double precision CHECK (range_m > 0 AND range_m <= 2000),
  pixels         integer CHECK (pixels BETWEEN 1 AND 100000),   -- of a line of the picture
  origin         text NOT NULL CHECK (origin IN ('model', 'table', 'person')),
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX camera_view_entry ON fangma.camera_view (entry_id);
CREATE TRIGGER camera_view_no_overlap AFTER INSERT ON fangma.camera_view
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id');

ALTER TABLE fangma.camera_view ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY camera_view_seen ON fangma.camera_view USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
GRANT SELECT, INSERT ON fangma.camera_view TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.camera_view TO fangma_app;

-- What is called a camera: few among millions of names, see `cameras`.
CREATE INDEX state_camera ON fangma.state (entry_id)
 WHERE predefined_type = 'CAMERA' OR name ~* '摄像|监控探头|监控球机|camera|cctv';
