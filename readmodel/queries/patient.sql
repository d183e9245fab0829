-- One patient.
--   $1 text  patient
select
    patient_id, record_number, name, birth_date, language, email, phone, preferred_channel, opted_out,
    guardian::text as guardian
from patient
where patient_id = $1
