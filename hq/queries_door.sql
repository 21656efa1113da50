-- name: for_merchant
SELECT set_config('hq.merchant', $1, true)

-- name: add_code
INSERT INTO codes (merchant_id, id, site, terminal, operator, until_ms) VALUES ($1, $2, $3, $4, $5, $6)

-- name: tried
UPDATE codes SET attempts = attempts + 1 WHERE merchant_id = $1 AND id = $2
RETURNING site, terminal, operator, until_ms, attempts

-- name: use_code
-- Whoever comes second waits here for the first.
UPDATE codes SET used_ms = $3 WHERE merchant_id = $1 AND id = $2

-- name: lock_instance
-- Two terminals that come as one machine at the same moment: one of them sees the other.
SELECT pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2::text || ' ' || $3::text, 1))

-- name: instance_taken
SELECT EXISTS (
    SELECT 1 FROM machines
    WHERE merchant_id = $1 AND site = $2 AND instance = $3 AND terminal <> $4 AND revoked_ms IS NULL
)

-- name: add_machine
INSERT INTO machines (merchant_id, code, site, terminal, instance, site_key, box_key, tls_key, enrolled_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, code) DO NOTHING

-- name: machine
SELECT site_key, box_key, tls_key, revoked_ms FROM machines WHERE merchant_id = $1 AND code = $2

-- name: add_certificate
INSERT INTO certificates (merchant_id, serial, code, since_ms, until_ms) VALUES ($1, $2, $3, $4, $5)

-- name: keep_token_key
INSERT INTO merchants (merchant_id, token_key) VALUES ($1, $2) ON CONFLICT (merchant_id) DO NOTHING

-- name: token_key
SELECT token_key FROM merchants WHERE merchant_id = $1

-- name: machines
SELECT c.serial, m.merchant_id AS merchant, m.site, m.terminal, m.code, m.instance, m.site_key, m.box_key,
    m.tls_key, m.enrolled_ms, m.revoked_ms
FROM certificates AS c JOIN machines AS m USING (merchant_id, code)
WHERE c.merchant_id = $1 AND c.serial = ANY ($2::text[])

-- name: box_key
SELECT box_key FROM machines
WHERE merchant_id = $1 AND site = $2 AND instance = $3 AND revoked_ms IS NULL
ORDER BY enrolled_ms DESC LIMIT 1

-- name: terminal_of
SELECT terminal FROM machines WHERE merchant_id = $1 AND site = $2 AND instance = $3 ORDER BY enrolled_ms DESC LIMIT 1

-- name: revoke
UPDATE machines SET revoked_ms = $4, revoked_why = $5
WHERE merchant_id = $1 AND site = $2 AND terminal = $3 AND revoked_ms IS NULL

-- name: use_operator_code
UPDATE codes SET used_ms = $3 WHERE merchant_id = $1 AND id = $2 AND used_ms IS NULL

-- name: add_session
INSERT INTO sessions (merchant_id, id, operator, until_ms) VALUES ($1, $2, $3, $4)

-- name: operator
SELECT operator FROM sessions WHERE merchant_id = $1 AND id = $2 AND until_ms > $3

-- name: end_sessions
DELETE FROM sessions WHERE merchant_id = $1 AND (id = $2 OR until_ms <= $3)

-- name: overview_machines
SELECT m.site, m.terminal, m.instance, m.enrolled_ms, m.revoked_ms, m.revoked_why, max(c.until_ms) AS until_ms
FROM machines AS m JOIN certificates AS c USING (merchant_id, code)
WHERE m.merchant_id = $1
GROUP BY m.merchant_id, m.code
ORDER BY m.site, m.terminal, m.enrolled_ms

-- name: overview_sites
SELECT site, instance, instance_no, epoch, acked, head, said, seen_ms, written_off_ms, gone_ms
FROM sites WHERE merchant_id = $1 ORDER BY site

-- name: overview_exceptions
-- What was spent beyond rights after $3 is for headquarters itself to cover.
SELECT kind, site, subject, why, opened_ms FROM exceptions
WHERE merchant_id = $1 AND decision = '' AND (kind <> 'uncovered' OR opened_ms <= $3)
ORDER BY opened_ms, kind, site, subject LIMIT $2

-- name: overview_open
SELECT count(*) FILTER (WHERE kind <> 'uncovered' OR opened_ms <= $2) AS to_decide,
    count(*) FILTER (WHERE kind = 'uncovered' AND opened_ms > $2) AS young
FROM exceptions WHERE merchant_id = $1 AND decision = ''
