-- Days from intake to the first session, by who pays now.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select
    course.payer_id,
    count(*) as courses,
    count(days) as treated,
    percentile_cont(0.5) within group (order by days) as median,
    percentile_cont(0.9) within group (order by days) as ninetieth,
    max(days) as longest
from course_measure as m
join course using (course_id)
cross join lateral (select (m.measures ->> 'days_to_first')::integer as days) as first
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
group by course.payer_id
order by courses desc, course.payer_id
