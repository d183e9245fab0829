-- Put the clinic's settings, injectors, and rooms. Who or what is not named any more is kept, but not active.
--   $1 text clinic, $2 jsonb settings, $3 jsonb file (injectors, rooms), $4 timestamptz at, $5 text by
with put_settings as (
    insert into clinic (clinic_id, settings, loaded_at, loaded_by)
    values ($1, $2::jsonb, $4, $5)
    on conflict (clinic_id) do update set
        settings = excluded.settings, loaded_at = excluded.loaded_at, loaded_by = excluded.loaded_by
),
given_injectors as (
    select user_id from jsonb_to_recordset($3::jsonb -> 'injectors') as i (user_id text)
),
given_rooms as (
    select room_id, name from jsonb_to_recordset($3::jsonb -> 'rooms') as r (room_id text, name text)
),
gone_injectors as (
    update injector set active = false where active and user_id not in (select user_id from given_injectors)
),
gone_rooms as (
    update room set active = false where active and room_id not in (select room_id from given_rooms)
),
put_injectors as (
    insert into injector (user_id, active)
    select user_id, true from given_injectors
    on conflict (user_id) do update set active = true
)
insert into room (room_id, name, active)
select room_id, name, true from given_rooms
on conflict (room_id) do update set name = excluded.name, active = true
