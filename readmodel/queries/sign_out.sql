-- Someone signs out, and whoever's time is over with him.
--   $1 bytea hash of the token, $2 timestamptz now
delete from sign_in where token_hash = $1 or ends_at <= $2
