-- The change of an appointment that a key made before.
--   $1 text  key
select appointment_id, state
from appointment_change
where key = $1
