-- A new token; nothing where its name is taken by one that is still good.
--   $1 bytea hash of the token, $2 text name, $3 text user it acts as, $4 text made by, $5 timestamptz now, $6 timestamptz end
insert into api_token (token_hash, name, user_id, made_by, made_at, ends_at) values ($1, $2, $3, $4, $5, $6)
on conflict (name) do nothing
returning name, user_id, made_by, made_at, ends_at, revoked_at, used_at
