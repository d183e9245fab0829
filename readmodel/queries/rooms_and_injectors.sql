-- Where sessions are given and by whom, for filters: what is active, and its name.
select 'room' as kind, room_id as id, name from room where active
union all
select 'injector', injector.user_id, coalesce(app_user.name, injector.user_id)
from injector
left join app_user on app_user.user_id = injector.user_id
where injector.active
order by kind, id
