-- Courses whose measures are missing or out of date, those that moved last first, with how many there are in all.
--   $1 timestamptz now, $2 integer shape, $3 integer limit
with stale as (
    select course.course_id, course.patient_id, course.number, ($1::timestamptz + course.ahead) as now
    from course
    left join course_measure as m using (course_id)
    where m.course_id is null or m.number <> course.number or m.shape <> $2
        or m.good_until < (($1::timestamptz + course.ahead) at time zone (select settings ->> 'zone' from clinic))::date
)
select course_id, patient_id, now, count(*) over () as in_all
from stale
order by number desc, course_id
limit $3
