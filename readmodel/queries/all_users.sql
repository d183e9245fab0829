-- All users of the list, those who may act no more last.
select user_id, name, role, may_inject, active
from app_user
order by not active, name, user_id
