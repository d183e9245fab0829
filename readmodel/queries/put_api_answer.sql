-- The answer to a write, for when it is sent again.
--   $1 text user, $2 text key, $3 integer status, $4 jsonb body
update api_answer set status = $3, body = $4::jsonb where user_id = $1 and idempotency_key = $2
