-- What the patient said last about messages.
--   $1 text patient
select opt_out_said.opted_out, coalesce(app_user.name, opt_out_said.heard_by) as heard_by, opt_out_said.how, opt_out_said.said_on
from opt_out_said
left join app_user on app_user.user_id = opt_out_said.heard_by
where opt_out_said.patient_id = $1
order by opt_out_said.said_id desc
limit 1
