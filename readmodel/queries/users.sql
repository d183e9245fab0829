-- All users who may act, by name.
select user_id, name, role, may_inject
from app_user
where active
order by name, user_id
