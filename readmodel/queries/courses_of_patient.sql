-- A patient's courses under one protocol.
--   $1 text  patient
--   $2 text  protocol
-- Latest first.
select
    course_id, workflow_id, patient_id, number, protocol_id, phase, outcome, started_on, ended_on, closed_on, sample,
    waiting, waiting_for, ahead
from course
where patient_id = $1 and protocol_id = $2
order by started_on desc, number desc, course_id
limit 50
