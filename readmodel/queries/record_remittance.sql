-- Record what was said or paid, and where the claim or invoice stands by it.
--   $1 text key, $2 jsonb status, $3 text claim or invoice, $4 text state now, $5 integer paid in all
with given as (
    select s.*
    from jsonb_to_record($2::jsonb) as s (
        state text, "on" date, amount_cents integer, reason_codes text[], reference text, recorded_at timestamptz,
        appeal_by date, records_by date
    )
),
recorded as (
    insert into remittance (
        key, content, billed_id, state, on_day, amount_cents, reason_codes, reference, recorded_at, appeal_by, records_by
    )
    select $1, $2::jsonb, $3, state, "on", amount_cents, reason_codes, reference, recorded_at, appeal_by, records_by
    from given
),
claims as (
    update claim set
        state = $4, paid_cents = $5, reference = coalesce(given.reference, claim.reference),
        changed_at = given.recorded_at
    from given
    where claim_id = $3
)
update invoice set state = $4, paid_cents = $5, changed_at = given.recorded_at
from given
where invoice_id = $3
