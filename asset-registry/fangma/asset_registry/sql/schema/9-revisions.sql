-- What a revision told, and what it closed: asked when it is taken back, and when something wants to know
-- whether anything changed since. Few facts are ever closed.

CREATE INDEX entry_revision ON fangma.entry (revision_id);
CREATE INDEX accuracy_revision ON fangma.accuracy (revision_id);
CREATE INDEX accuracy_closed ON fangma.accuracy (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX assignment_revision ON fangma.assignment (revision_id);
CREATE INDEX assignment_closed ON fangma.assignment (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX binding_revision ON fangma.binding (revision_id);
CREATE INDEX binding_closed ON fangma.binding (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX building_record_revision ON fangma.building_record (revision_id);
CREATE INDEX building_record_closed ON fangma.building_record (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX camera_view_revision ON fangma.camera_view (revision_id);
CREATE INDEX camera_view_closed ON fangma.camera_view (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX lease_revision ON fangma.lease (revision_id);
CREATE INDEX lease_closed ON fangma.lease (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ledger_revision ON fangma.ledger (revision_id);
CREATE INDEX ledger_closed ON fangma.ledger (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX pipe_join_revision ON fangma.pipe_join (revision_id);
CREATE INDEX pipe_join_closed ON fangma.pipe_join (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX post_revision ON fangma.post (revision_id);
CREATE INDEX post_closed ON fangma.post (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX shape_revision ON fangma.shape (revision_id);
CREATE INDEX shape_closed ON fangma.shape (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX state_revision ON fangma.state (revision_id);
CREATE INDEX state_closed ON fangma.state (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX title_revision ON fangma.title (revision_id);
CREATE INDEX title_closed ON fangma.title (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX unit_state_revision ON fangma.unit_state (revision_id);
CREATE INDEX unit_state_closed ON fangma.unit_state (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX valve_position_revision ON fangma.valve_position (revision_id);
CREATE INDEX valve_position_closed ON fangma.valve_position (closed_by) WHERE closed_by IS NOT NULL;
