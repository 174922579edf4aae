-- What ISA-18.2 asks of an alarm besides its states: floods, flapping, and the work that it led to.

ALTER TABLE fangma.alarm
  ADD COLUMN flood         boolean NOT NULL DEFAULT false,  -- one of many at once, and not severe
  ADD COLUMN flapping      boolean NOT NULL DEFAULT false,  -- came and went too often: held
  ADD COLUMN work_order_id uuid REFERENCES fangma.work_order;
GRANT UPDATE (flapping, work_order_id) ON fangma.alarm TO fangma_app;
