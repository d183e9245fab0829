-- What each payer does with requests, and how long it takes. `payer` chooses courses by who pays now; a row is by who was asked.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select
    one ->> 'payer_id' as payer_id,
    count(*) as submitted,
    count(*) filter (where one ->> 'decided_on' is not null) as decided,
    count(*) filter (where one ->> 'decision' = 'approved') as approved,
    count(*) filter (where one ->> 'decision' = 'approved' and (one ->> 'differs')::boolean) as differing,
    count(*) filter (where one ->> 'decision' = 'denied') as denied,
    percentile_cont(0.5) within group (order by days) as median,
    percentile_cont(0.9) within group (order by days) as ninetieth
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'requests') as one
cross join lateral (select (one ->> 'decided_on')::date - (one ->> 'submitted_on')::date as days) as took
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
group by one ->> 'payer_id'
order by submitted desc, payer_id
