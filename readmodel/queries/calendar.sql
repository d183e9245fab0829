-- The clinic's calendar with what is taken between two moments, as one document.
--   $1 timestamptz  from
--   $2 timestamptz  until
-- No limit: a few weeks of one clinic.
select json_build_object(
    'zone', clinic.settings ->> 'zone',
    'slot_minutes', (clinic.settings ->> 'slot_minutes')::integer,
    'opening_hours', clinic.settings -> 'opening_hours',
    'injectors', coalesce((
        select json_agg(json_build_object(
            'user_id', injector.user_id,
            'hours', coalesce((
                select json_agg(json_build_object('weekday', weekday, 'opens', opens, 'closes', closes) order by weekday, opens)
                from injector_hours
                where injector_hours.user_id = injector.user_id
            ), '[]')
        ) order by injector.user_id)
        from injector
        where active
    ), '[]'),
    'rooms', coalesce((select json_agg(room_id order by room_id) from room where active), '[]'),
    'holidays', coalesce((select json_object_agg(on_day, name) from holiday), '{}'),
    'closures', coalesce((
        select json_agg(json_build_object(
            'first_on', first_on, 'last_on', last_on, 'injector', injector, 'room', room, 'reason', reason
        ) order by first_on)
        from closure
    ), '[]'),
    'taken', coalesce((
        select json_agg(json_build_object(
            'injector', injector, 'room', room, 'starts_at', starts_at, 'ends_at', ends_at
        ) order by starts_at)
        from appointment
        where state <> 'cancelled' and ends_at > $1::timestamptz and starts_at < $2::timestamptz
    ), '[]')
)::text as calendar
from clinic
