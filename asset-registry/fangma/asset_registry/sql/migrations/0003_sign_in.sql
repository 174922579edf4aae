-- Wrong passwords are counted by name, whether or not the name exists: a lock that only real names
-- could have would tell which names are real.

CREATE TABLE fangma.sign_in_attempt (
  name_hash bytea PRIMARY KEY,        -- SHA-256 of the folded name: what was typed there may be a password
  tries     integer NOT NULL,
  last_at   timestamptz NOT NULL
);
CREATE INDEX sign_in_attempt_last_at ON fangma.sign_in_attempt (last_at);
ALTER TABLE fangma.sign_in_attempt ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_in_attempt_for_sign_in ON fangma.sign_in_attempt USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON fangma.sign_in_attempt TO fangma_app;

-- RFC 6238 step of the last accepted one-time code: each works once.
ALTER TABLE fangma.account ADD COLUMN totp_step bigint;

-- A display wall's token has a name, by which it is revoked.
CREATE UNIQUE INDEX session_device ON fangma.session (account_id, label) WHERE kind = 'device';

-- A room that becomes secret takes the tiles that show it along (sql/secrecy.sql).
GRANT UPDATE (scope_id, visibility) ON fangma.tile TO fangma_app;
