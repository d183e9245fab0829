-- Forget a view of one's own.
--   $1 text owner, $2 bigint view
delete from saved_view
where owner = $1 and view_id = $2
