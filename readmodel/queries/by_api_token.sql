-- The user that a token acts as, as the user list has him now; noted as used, to the minute.
--   $1 bytea hash of the token, $2 timestamptz now
with known as (
    select token_hash, user_id, used_at from api_token
    where token_hash = $1 and revoked_at is null and (ends_at is null or ends_at > $2::timestamptz)
), noted as (
    update api_token set used_at = $2::timestamptz from known
    where api_token.token_hash = known.token_hash and (known.used_at is null or known.used_at < $2::timestamptz - interval '1 minute')
)
select app_user.user_id, app_user.name, app_user.role, app_user.may_inject, '' as csrf
from known join app_user using (user_id)
where app_user.active
