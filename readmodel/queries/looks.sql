-- Who looked, newest first.
--   $1 text course or null, $2 text user or null, $3 integer limit, $4 boolean: lists that named the patient, too
select look.user_id, app_user.name, look.course_id, look.what, look.at
from look
left join app_user using (user_id)
where ($1::text is null or look.course_id = $1) and ($2::text is null or look.user_id = $2)
    and ($4 or look.what not like 'list: %')
order by look.look_id desc
limit $3
