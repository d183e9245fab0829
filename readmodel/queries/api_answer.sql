-- What was answered to a write under its sender's key.
--   $1 text user, $2 text key
select request_hash, status, body::text as body from api_answer where user_id = $1 and idempotency_key = $2
