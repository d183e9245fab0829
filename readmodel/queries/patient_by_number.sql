-- One patient by the clinic's record number.
--   $1 text  record number
select
    patient_id, record_number, name, birth_date, language, email, phone, preferred_channel, opted_out,
    guardian::text as guardian
from patient
where record_number = $1
