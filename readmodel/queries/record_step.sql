-- Record what we did about a claim or an invoice, or what was paid of it, and where it stands by that.
--   $1 text key, $2 jsonb step, $3 text claim or invoice, $4 text state now, $5 timestamptz recorded, $6 integer paid in all
with given as (
    select s.*
    from jsonb_to_record($2::jsonb) as s (
        kind text, "on" date, "by" text, note text, level smallint, level_name text, last_day date, reference text,
        amount_cents integer
    )
),
recorded as (
    insert into claim_step (
        key, content, claim_id, kind, on_day, by_user, note, level, level_name, last_day, reference, amount_cents, recorded_at
    )
    select $1, $2::jsonb, $3, kind, "on", "by", note, level, level_name, last_day, reference, amount_cents, $5
    from given
),
claims as (
    update claim set state = $4, changed_at = $5
    where claim_id = $3
)
update invoice set state = $4, paid_cents = $6, changed_at = $5
where invoice_id = $3
