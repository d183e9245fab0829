-- A patient's number with a payer.
--   $1 text patient, $2 text payer
select member_id
from patient_coverage
where patient_id = $1 and payer_id = $2
