-- A token is good for nothing any more.
--   $1 text name, $2 timestamptz now
update api_token set revoked_at = coalesce(revoked_at, $2) where name = $1
returning name
