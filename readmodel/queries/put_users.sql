-- Put all users. Who is not named any more is kept, but may no longer act.
--   $1 jsonb  users
with given as (
    select user_id, name, role, may_inject
    from jsonb_to_recordset($1::jsonb) as u (user_id text, name text, role text, may_inject boolean)
),
gone as (
    update app_user set active = false where active and user_id not in (select user_id from given)
)
insert into app_user (user_id, name, role, may_inject, active)
select user_id, name, role, may_inject, true from given
on conflict (user_id) do update set
    name = excluded.name, role = excluded.role, may_inject = excluded.may_inject, active = true
