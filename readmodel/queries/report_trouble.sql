-- Report messages that failed or whose fate is unknown: once, and again to the round that reported them.
--   $1 timestamptz now, by which a round is known, $2 integer limit
update message set reported_at = $1
where key in (
    select key
    from message
    where status in ('failed', 'unknown') and (reported_at is null or reported_at = $1)
    order by send_at, key
    limit $2
)
returning key, course_id, kind, status
