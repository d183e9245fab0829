-- A write changed nothing: its key may be used again. Old keys are forgotten with it.
--   $1 text user, $2 text key, $3 timestamptz old before
delete from api_answer where (user_id = $1 and idempotency_key = $2 and status is null) or at < $3
