-- Who is signed in by a token, as the user list has him now; noted as seen, by the minute: most pages write nothing for it.
--   $1 bytea hash of the token, $2 timestamptz now, $3 timestamptz idle since
with found as (
    select sign_in.token_hash, sign_in.csrf, app_user.user_id, app_user.name, app_user.role, app_user.may_inject
    from sign_in
    join app_user using (user_id)
    where sign_in.token_hash = $1 and sign_in.ends_at > $2 and sign_in.seen_at > $3 and app_user.active
),
seen as (
    update sign_in set seen_at = $2
    from found
    where sign_in.token_hash = found.token_hash and sign_in.seen_at < $2::timestamptz - interval '1 minute'
)
select user_id, name, role, may_inject, csrf from found
