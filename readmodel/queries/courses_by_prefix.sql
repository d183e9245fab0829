-- Courses whose id begins with what somebody typed.
--   $1 text  beginning of a course id
-- At most 6 rows: enough to say that it is ambiguous, and among whom.
select
    course_id, workflow_id, patient_id, number, protocol_id, phase, outcome, started_on, ended_on, closed_on, sample,
    waiting, waiting_for, ahead
from course
where starts_with(course_id, $1)
order by course_id
limit 6
