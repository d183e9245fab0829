-- How a patient is reached, and who insures him. For people and printed papers.
--   $1 text  patient
select
    patient_id, record_number, name, birth_date, language, email, phone, preferred_channel, opted_out, guardian,
    coalesce((
        select jsonb_object_agg(payer_id, member_id) from patient_coverage where patient_coverage.patient_id = $1
    ), '{}') as members
from patient
where patient_id = $1
