-- The appointment that a key booked before.
--   $1 text  key
select appointment_id, course_id, for_session, starts_at, ends_at, injector, room
from appointment
where key = $1
