-- Open courses that reckon with other settings of the clinic than these.
--   $1 jsonb  the clinic's settings
-- All of them, in the order of their ids: each is to be told.
select course.course_id, course.workflow_id
from course
join lateral (
    select course_event.data -> 'clinic' as settings
    from course_event
    where course_event.course_id = course.course_id and course_event.kind in ('course_started', 'clinic_changed')
    order by course_event.number desc
    limit 1
) as known on known.settings <> $1::jsonb
where course.ended_on is null
order by course.course_id
