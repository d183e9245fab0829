-- Where someone is signed in, newest first.
--   $1 text user, $2 timestamptz now, $3 timestamptz idle since, $4 bytea hash of the token that asks
select signed_in_at, seen_at, ends_at, token_hash = $4 as is_this_one
from sign_in
where user_id = $1 and ends_at > $2 and seen_at > $3
order by signed_in_at desc
