-- Put a patient's number with a payer.
--   $1 text patient, $2 text payer, $3 text member id
insert into patient_coverage (patient_id, payer_id, member_id)
values ($1, $2, $3)
on conflict (patient_id, payer_id) do update set member_id = excluded.member_id
