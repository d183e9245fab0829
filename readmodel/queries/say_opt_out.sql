-- Note what the patient said about messages, and let it count. Nothing where there is no such patient.
--   $1 text patient, $2 boolean opted out, $3 text heard by, $4 text how, $5 date said on, $6 timestamptz now, $7 text by
with changed as (
    update patient set opted_out = $2, changed_at = $6, changed_by = $7 where patient_id = $1
    returning patient_id
)
insert into opt_out_said (patient_id, opted_out, heard_by, how, said_on, recorded_at, recorded_by)
select patient_id, $2, $3, $4, $5, $6, $7
from changed
returning patient_id
