-- Sessions and units that the planner expects, by week; a week begins on Monday.
--   $1 date started since, $2 date started until, $3 text payer, $4 date in the first week, $5 integer weeks; null: any
-- Weeks without a session are there with nothing.
with planned as (
    select date_trunc('week', (one ->> 'on')::date::timestamp)::date as week_on, one
    from course_measure as m
    join course using (course_id)
    cross join jsonb_array_elements(m.measures -> 'ahead') as one
    where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
)
select
    week::date as week_on,
    count(one) as sessions,
    count(one) filter (where (one ->> 'booked')::boolean) as booked,
    coalesce(sum((one ->> 'units')::integer), 0) as units
from generate_series(
    date_trunc('week', $4::date::timestamp),
    date_trunc('week', $4::date::timestamp) + make_interval(weeks => $5::integer - 1),
    interval '1 week'
) as week
left join planned on planned.week_on = week::date
group by week
order by week
