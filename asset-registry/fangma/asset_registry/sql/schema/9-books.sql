-- What the audit lacked: building records, title records, annexes of offices and sealed rooms in the
-- ledger, authorised posts by rank and the division of a unit.

-- The record of a building (楼栋台账): its height decides K, its areas are checked against the rooms.
CREATE TABLE fangma.building_record (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  height_m    double precision CHECK (height_m > 0),
  gross_m2    double precision CHECK (gross_m2 > 0),    -- 建筑面积
  net_m2      double precision CHECK (net_m2 > 0),      -- 使用面积
  notes       jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX building_record_entry ON fangma.building_record (entry_id);

-- A title (权属): what a certificate says of a room or of a building.
CREATE TABLE fangma.title (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry_id    uuid NOT NULL,
  scope_id    integer NOT NULL,
  valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded    tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  revision_id bigint NOT NULL,
  closed_by   bigint,
  certificate text NOT NULL,
  holder      text,
  status      text NOT NULL CHECK (status IN ('已登记', '权属备案', '未登记')),
  area_m2     double precision CHECK (area_m2 > 0),
  use         text,
  registered_on date,
  notes       jsonb NOT NULL DEFAULT '{}',
  FOREIGN KEY (entry_id, scope_id) REFERENCES fangma.entry (id, scope_id) ON UPDATE CASCADE
);
CREATE INDEX title_entry ON fangma.title (entry_id);

ALTER TABLE fangma.ledger
  ADD COLUMN annex_of     uuid REFERENCES fangma.entry,          -- 所属办公室
  ADD COLUMN rest_room_m2 double precision CHECK (rest_room_m2 > 0),  -- 其中休息室面积
  ADD COLUMN toilet_m2    double precision CHECK (toilet_m2 > 0),     -- 其中卫生间面积
  ADD COLUMN sealed_on    date,                                  -- 封存日期
  ADD COLUMN idle_reason  text;
ALTER TABLE fangma.unit_state
  ADD COLUMN posts    jsonb NOT NULL DEFAULT '[]',               -- [[rank, count]]
  ADD COLUMN division text CHECK (division ~ '^[0-9]{6}$');

CREATE TRIGGER building_record_no_overlap AFTER INSERT ON fangma.building_record
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id');
CREATE TRIGGER title_no_overlap AFTER INSERT ON fangma.title
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION fangma.no_overlap_of('entry_id, certificate');

ALTER TABLE fangma.building_record ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY building_record_seen ON fangma.building_record USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));
ALTER TABLE fangma.title ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY title_seen ON fangma.title USING (
  multirange_contains_elem((SELECT range_agg(int4range(id, id, '[]')) FROM fangma.scope), scope_id));

GRANT SELECT, INSERT ON fangma.building_record, fangma.title TO fangma_app;
GRANT UPDATE (recorded, closed_by) ON fangma.building_record, fangma.title TO fangma_app;
