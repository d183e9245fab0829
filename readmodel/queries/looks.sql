-- Who looked, newest first.
--   $1 text course or null, $2 text user or null, $3 integer limit
select look.user_id, app_user.name, look.course_id, look.what, look.at
from look
left join app_user using (user_id)
where ($1::text is null or look.course_id = $1) and ($2::text is null or look.user_id = $2)
order by look.look_id desc
limit $3
