-- The response after sessions 1, 2 and 3.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select
    (one ->> 'session')::integer as session,
    count(*) filter (where one ->> 'verdict' <> 'undetermined') as judged,
    count(*) filter (where one ->> 'verdict' = 'response') as responded,
    count(*) filter (where one ->> 'verdict' = 'partial') as partial,
    count(*) filter (where one ->> 'verdict' = 'none') as none,
    count(*) filter (where one ->> 'verdict' = 'undetermined') as undetermined,
    count(*) filter (where one ->> 'by' = 'check') as by_check,
    count(*) filter (where one ->> 'verdict' = 'response' and one ->> 'last_month' = 'none') as lost
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'responses') as one
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
group by session
order by session
