-- Put injectors' hours, holidays and closures.
--   $1 jsonb  hours, holidays, closures
with hours as (
    insert into injector_hours (user_id, weekday, opens, closes)
    select user_id, weekday, opens, closes
    from jsonb_to_recordset($1::jsonb -> 'hours') as h (user_id text, weekday smallint, opens time, closes time)
),
closures as (
    insert into closure (first_on, last_on, injector, room, reason)
    select first_on, last_on, injector, room, reason
    from jsonb_to_recordset($1::jsonb -> 'closures')
        as c (first_on date, last_on date, injector text, room text, reason text)
)
insert into holiday (on_day, name)
select "on", name
from jsonb_to_recordset($1::jsonb -> 'holidays') as h ("on" date, name text)
