-- One user who may act.
--   $1 text  user
select user_id, name, role, may_inject
from app_user
where user_id = $1 and active
