-- Deviations and corrections of all courses, the latest first.
--   $1 text  deviations, corrections, or null: both; $2 date since, $3 integer limit
select
    m.course_id, one ->> 'what' as what, (one ->> 'number')::integer as number, (one ->> 'on')::date as on_day,
    one ->> 'said' as said, one ->> 'reason' as reason, one ->> 'by' as by_user, one ->> 'reviewed_by' as reviewed_by,
    (one ->> 'session')::integer as session, patient.name as patient_name, patient.record_number
from course_measure as m
cross join jsonb_array_elements(m.measures -> 'irregular') as one
join course using (course_id)
left join patient using (patient_id)
where ($1::text is null or one ->> 'what' = $1) and ($2::date is null or (one ->> 'on')::date >= $2)
order by on_day desc, m.course_id, number desc
limit $3
