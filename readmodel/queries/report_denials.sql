-- Why each payer said no.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select one ->> 'payer_id' as payer_id, coalesce(one ->> 'code', 'no code') as code, count(*) as denials
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'requests') as one
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
    and one ->> 'decision' = 'denied'
group by one ->> 'payer_id', code
order by payer_id, denials desc, code
