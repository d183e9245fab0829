-- The Monday of the first week in which the planner expects a session, from some week on; null: none.
--   $1 date started since, $2 date started until, $3 text payer, $4 date in the first week; null: any
select min(date_trunc('week', (one ->> 'on')::date::timestamp)::date)
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'ahead') as one
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
    and (one ->> 'on')::date >= date_trunc('week', $4::date::timestamp)
