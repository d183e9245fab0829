-- Someone signs in.
--   $1 bytea hash of the token, $2 text user, $3 text csrf, $4 timestamptz now, $5 timestamptz end
insert into sign_in (token_hash, user_id, csrf, signed_in_at, seen_at, ends_at) values ($1, $2, $3, $4, $4, $5)
