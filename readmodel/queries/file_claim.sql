-- File a claim with its lines, unless its key, its id, or another original claim of the session is there: then no row.
-- A claim that replaces or voids another is filed once that one is there, and one of them only.
--   $1 text key, $2 jsonb claim, $3 timestamptz filed
with given as (
    select c.*
    from jsonb_to_record($2::jsonb) as c (
        id text, course_id text, session integer, payer_id text, place_of_service text, service_on date, injector text,
        diagnoses text[], authorization_number text, amount_cents integer, frequency text, replaces text
    )
),
filed as (
    insert into claim (
        claim_id, key, content, course_id, session, payer_id, place_of_service, service_on, diagnoses,
        authorization_number, injector, amount_cents, filed_at, changed_at, frequency, replaces
    )
    select
        id, $1, $2::jsonb, course_id, session, payer_id, place_of_service, service_on, diagnoses,
        authorization_number, injector, amount_cents, $3, $3, coalesce(frequency, '1'), given.replaces
    from given
    where given.replaces is null or exists (select from claim where claim_id = given.replaces)
    on conflict do nothing
    returning claim_id, control_number, state
),
lines as (
    insert into claim_line (claim_id, line, code, quantity, modifiers, ndc)
    select claim_id, line, l ->> 'code', (l ->> 'quantity')::integer,
        array(select jsonb_array_elements_text(l -> 'modifiers')), l ->> 'ndc'
    from filed, jsonb_array_elements($2::jsonb -> 'lines') with ordinality as lines (l, line)
)
select claim_id, control_number, state from filed
