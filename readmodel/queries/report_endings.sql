-- How courses ended, by outcome and reason.
--   $1 date started since, $2 date started until, $3 text payer; null: any
select outcome, coalesce(outcome_reason, '') as reason, count(*) as courses
from course
where ($1::date is null or course.started_on >= $1) and ($2::date is null or course.started_on <= $2)
    and ($3::text is null or course.payer_id = $3)
    and outcome is not null
group by outcome, reason
order by outcome, courses desc, reason
