-- Keep a view by name; of the same name and owner, the last stands.
--   $1 text owner, $2 text name, $3 text query, $4 boolean shared, $5 timestamptz now
insert into saved_view (owner, name, query, shared, saved_at) values ($1, $2, $3, $4, $5)
on conflict (owner, name) do update set query = excluded.query, shared = excluded.shared, saved_at = excluded.saved_at
returning view_id
