-- Claims in pages, the last filed first.
--   $1 text state, $2 text payer, $3 timestamptz, $4 text: filing time and id of the last one shown, $5 integer limit;
--   null: any
select
    claim_id, control_number, replaces, frequency, course_id, session, payer_id, place_of_service, service_on, diagnoses,
    authorization_number, injector, amount_cents, state, paid_cents, reference, filed_at, changed_at
from claim
where ($1::text is null or state = $1)
    and ($2::text is null or payer_id = $2)
    and ($3::timestamptz is null or (filed_at, claim_id) < ($3::timestamptz, $4::text))
order by filed_at desc, claim_id desc
limit $5
