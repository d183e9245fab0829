-- The clinic as it is set up, one row per thing that a clinic file names, to compare with a new file.
select 'clinic' as item, settings - 'holidays' - 'closures' as content from clinic
union all
select
    'injector ' || injector.user_id,
    jsonb_build_object('hours', coalesce((
        select jsonb_agg(jsonb_build_object('weekday', weekday, 'opens', opens, 'closes', closes) order by weekday, opens)
        from injector_hours
        where injector_hours.user_id = injector.user_id
    ), '[]'))
from injector
where active
union all
select 'room ' || room_id, jsonb_build_object('name', name) from room where active
union all
select 'holiday ' || on_day, jsonb_build_object('name', name) from holiday
union all
select
    'closure ' || first_on || ' to ' || last_on || coalesce(' of ' || injector, '') || coalesce(' of ' || room, ''),
    jsonb_build_object('reason', reason)
from closure
order by item
