-- A write begins under its sender's key; nothing where the key is known. One that was left at work is taken up again.
--   $1 text user, $2 text key, $3 bytea hash of the request, $4 timestamptz now, $5 interval after which it was left
insert into api_answer (user_id, idempotency_key, request_hash, at) values ($1, $2, $3, $4::timestamptz)
on conflict (user_id, idempotency_key) do update set at = $4::timestamptz
    where api_answer.status is null and api_answer.request_hash = $3 and api_answer.at < $4::timestamptz - $5::interval
returning true
