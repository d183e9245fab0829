-- The recorded days of a patient's diary, oldest first.
--   $1 text patient, $2 date first, $3 date last
-- No limit: a year has 366 days.
select on_day as on, headache, migraine, hours, worst_pain, acute_medication
from diary_day
where patient_id = $1 and on_day between $2 and $3
order by on_day
