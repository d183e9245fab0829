-- Record what we did about a claim, and where the claim stands by it.
--   $1 text key, $2 jsonb step, $3 text claim, $4 text state now, $5 timestamptz recorded
with given as (
    select s.*
    from jsonb_to_record($2::jsonb) as s (
        kind text, "on" date, "by" text, note text, level smallint, level_name text, last_day date, reference text
    )
),
recorded as (
    insert into claim_step (
        key, content, claim_id, kind, on_day, by_user, note, level, level_name, last_day, reference, recorded_at
    )
    select $1, $2::jsonb, $3, kind, "on", "by", note, level, level_name, last_day, reference, $5
    from given
)
update claim set state = $4, changed_at = $5
where claim_id = $3
