-- Claims that a payer reviewed after it had paid, or whose money it took back, the latest first.
--   $1 text payer or null, $2 integer limit
select
    claim.claim_id, claim.course_id, claim.session, claim.payer_id, claim.service_on, claim.control_number, claim.state,
    claim.paid_cents, remittance.state as told, remittance.on_day as told_on, remittance.amount_cents,
    remittance.reason_codes, remittance.reference, remittance.records_by, remittance.appeal_by,
    patient.name as patient_name, patient.record_number
from remittance
join claim on claim.claim_id = remittance.billed_id
left join course on course.course_id = claim.course_id
left join patient on patient.patient_id = course.patient_id
where remittance.state in ('reopened', 'taken_back') and ($1::text is null or claim.payer_id = $1)
order by remittance.on_day desc, remittance.recorded_at desc, claim.claim_id
limit $2
