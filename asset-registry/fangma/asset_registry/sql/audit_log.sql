-- The append-only, hash-chained audit log.

-- name: append
SELECT fangma.audit_append(%(actor)s, %(action)s, %(subject)s, %(outcome)s, %(detail)s)
