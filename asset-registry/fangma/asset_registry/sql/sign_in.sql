-- Sign-in: counting wrong passwords, opening and ending sessions. No reader is known yet when these
-- run, so the schema grants them to the connection that the server signs people in with.

-- name: count_attempt
-- Count a try before its password is looked at, so that parallel guesses cannot pass the limit; a
-- name that does not exist is counted alike. During a pause nothing is counted and nothing extends it.
INSERT INTO fangma.sign_in_attempt AS attempt (name_hash, tries, last_at)
VALUES (%(name_hash)s, 1, now())
ON CONFLICT (name_hash) DO UPDATE
SET tries = CASE
      WHEN attempt.last_at <= now() - %(pause)s THEN 1
      ELSE attempt.tries + 1
    END,
    last_at = CASE
      WHEN attempt.last_at > now() - %(pause)s AND attempt.tries >= %(allowed)s
      THEN attempt.last_at
      ELSE now()
    END
RETURNING tries, tries > %(allowed)s AS locked,
          ceil(extract(epoch FROM last_at + %(pause)s - now()))::integer AS seconds

-- name: forget_attempts
-- Start counting anew after the right password, or when an administrator unlocks.
DELETE FROM fangma.sign_in_attempt
WHERE name_hash = %(name_hash)s

-- name: purge_attempts
-- Drop counts that no longer matter: names that were made up would fill the table.
DELETE FROM fangma.sign_in_attempt
WHERE last_at <= now() - %(pause)s

-- name: find_locked
-- Of these hashes of names, those that are locked.
SELECT name_hash
FROM fangma.sign_in_attempt
WHERE name_hash = ANY (%(name_hashes)s)
  AND tries >= %(allowed)s
  AND last_at > now() - %(pause)s

-- name: find_credentials
-- What a password and a one-time code are compared with.
SELECT id, name, display_name, password_hash, roles, sees_secret, disabled, totp_secret, totp_step
FROM fangma.account
WHERE name = %(name)s

-- name: set_password_hash
UPDATE fangma.account
SET password_hash = %(password_hash)s
WHERE id = %(account_id)s

-- name: use_totp_step
-- Accept a one-time code once: no row when another request was faster.
UPDATE fangma.account
SET totp_step = %(step)s
WHERE id = %(account_id)s
  AND (totp_step IS NULL OR totp_step < %(step)s)
RETURNING id

-- name: set_totp
-- Set up or remove the one-time code.
UPDATE fangma.account
SET totp_secret = %(secret)s,
    totp_step = %(step)s
WHERE id = %(account_id)s

-- name: open_session
INSERT INTO fangma.session (token_hash, account_id, kind, label, expires_at)
VALUES (%(token_hash)s, %(account_id)s, %(kind)s, %(label)s, now() + %(lifetime)s)
RETURNING expires_at

-- name: find_session
-- The session of a token that is neither ended, idle for too long, nor of a disabled account.
SELECT account.id AS account_id, account.name, account.display_name, account.roles,
       account.sees_secret, session.kind, session.label, session.token_hash, session.expires_at,
       session.seen_at < now() - %(touch)s AS stale
FROM fangma.session
JOIN fangma.account ON account.id = session.account_id
WHERE session.token_hash = %(token_hash)s
  AND session.expires_at > now()
  AND (session.kind = 'device' OR session.seen_at > now() - %(idle)s)
  AND NOT account.disabled

-- name: touch_session
-- Note that a session is in use; once a minute is enough.
UPDATE fangma.session
SET seen_at = now()
WHERE token_hash = %(token_hash)s

-- name: end_session
-- Who holds a socket of the account's asks at once whether its session lives.
WITH ended AS (
    DELETE FROM fangma.session
    WHERE token_hash = %(token_hash)s
    RETURNING account_id
)
SELECT pg_notify('fangma_live', 'sessions:' || account_id) FROM ended

-- name: end_sessions_of
-- End the sessions of an account: when its password changes or it is disabled. A kind of NULL = all.
WITH ended AS (
    DELETE FROM fangma.session
    WHERE account_id = %(account_id)s
      AND (%(kind)s::text IS NULL OR kind = %(kind)s)
      AND token_hash IS DISTINCT FROM %(but)s::bytea
    RETURNING account_id
)
SELECT pg_notify('fangma_live', 'sessions:' || account_id) FROM ended

-- name: purge_sessions
-- Drop what has ended.
DELETE FROM fangma.session
WHERE expires_at <= now()
   OR (kind = 'browser' AND seen_at <= now() - %(idle)s)

-- name: list_devices
-- Device tokens of an account, by label.
SELECT label, created_at, seen_at, expires_at
FROM fangma.session
WHERE account_id = %(account_id)s
  AND kind = 'device'
  AND expires_at > now()
ORDER BY label

-- name: end_device
WITH ended AS (
    DELETE FROM fangma.session
    WHERE account_id = %(account_id)s
      AND kind = 'device'
      AND label = %(label)s
    RETURNING account_id, label
)
SELECT label, pg_notify('fangma_live', 'sessions:' || account_id) FROM ended
