-- Visits that gave no drug, by reason, beside all sessions given.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select
    one ->> 'reason' as reason,
    count(*) as visits,
    (
        select coalesce(sum(jsonb_array_length(m.measures -> 'given')), 0)
        from course_measure as m
        join course using (course_id)
        where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
    ) as given
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'missed') as one
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
group by reason
order by visits desc, reason
