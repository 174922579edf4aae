-- What is pushed to addresses outside (an inspection authority, a duty officer). A message is written
-- in the transaction of what it tells of; whoever dies meanwhile, it is sent, or sent again under the
-- same key. Where a destination lies, and with what it is signed, are settings of the machine and
-- never rows: nobody who can write here can choose an address.

CREATE TABLE fangma.outbox (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination   text NOT NULL CHECK (destination ~ '^[a-z][a-z-]{0,39}$'),
  key           text COLLATE "C" NOT NULL CHECK (key ~ '^[!-~]{1,200}$'),  -- idempotency, a header
  kind          text NOT NULL CHECK (kind <> ''),
  subject       text,                        -- a code, for lists
  body          bytea NOT NULL,
  queued_by     text NOT NULL,
  queued_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'given-up')),
  attempts      integer NOT NULL DEFAULT 0,
  next_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  claimed_until timestamptz,                 -- by a sender that may have died
  UNIQUE (destination, key)
);
CREATE INDEX outbox_waiting ON fangma.outbox (destination, next_at) WHERE state = 'waiting';

-- Every attempt and how it went; append-only.
CREATE TABLE fangma.delivery (
  outbox_id bigint NOT NULL REFERENCES fangma.outbox,
  attempt   integer NOT NULL,
  at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  status    smallint,                        -- of HTTP; NULL when there was no answer
  error     text,
  seconds   real NOT NULL,
  PRIMARY KEY (outbox_id, attempt)
);

-- Bodies tell of everything that their sender saw: only the machine itself reads them.
ALTER TABLE fangma.outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_seen ON fangma.outbox USING ((SELECT fangma.reader()) = 'operator');
ALTER TABLE fangma.delivery ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY delivery_seen ON fangma.delivery USING ((SELECT fangma.reader()) = 'operator');

GRANT SELECT, INSERT ON fangma.outbox, fangma.delivery TO fangma_app;
GRANT UPDATE (state, attempts, next_at, claimed_until) ON fangma.outbox TO fangma_app;
