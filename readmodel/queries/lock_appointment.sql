-- The state of an appointment, locked until the transaction ends.
--   $1 text  appointment
select state
from appointment
where appointment_id = $1
for update
