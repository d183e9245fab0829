-- How rooms and people are called, also those that are not active any more.
select 'room' as kind, room_id as id, name from room
union all
select 'injector', user_id, name from app_user
