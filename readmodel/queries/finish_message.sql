-- Note what became of a message that we took.
--   $1 text key, $2 text status, $3 text reason, $4 text channel, $5 timestamptz sent, $6 timestamptz next try,
--   $7 integer tries
update message set status = $2, reason = $3, channel = coalesce($4, channel), sent_at = $5, next_try_at = $6,
    tries = $7
where key = $1 and status in ('sending', 'unknown')
