-- Claims and invoices of one course with what came back and what was done about it, by session.
--   $1 text  course
with billed as (
    select
        claim_id as billed_id, 'claim' as kind, control_number as number, session, payer_id, service_on, amount_cents, state,
        paid_cents, reference, filed_at, frequency, replaces
    from claim
    where course_id = $1
    union all
    select invoice_id, 'invoice', number, session, null, service_on, amount_cents, state, paid_cents, null, issued_at, null, null
    from invoice
    where course_id = $1
)
select
    billed.*,
    coalesce((
        select json_agg(json_build_object(
            'code', code, 'quantity', quantity, 'modifiers', modifiers, 'ndc', ndc
        ) order by line)
        from claim_line
        where claim_line.claim_id = billed_id
    ), '[]')::text as lines,
    coalesce((
        select json_agg(json_build_object(
            'state', remittance.state, 'on', on_day, 'amount_cents', remittance.amount_cents,
            'reason_codes', reason_codes, 'reference', remittance.reference, 'appeal_by', appeal_by,
            'records_by', records_by, 'recorded_at', recorded_at
        ) order by on_day, recorded_at)
        from remittance
        where remittance.billed_id = billed.billed_id
    ), '[]')::text as remittances,
    coalesce((
        select json_agg(json_build_object(
            'kind', claim_step.kind, 'on', on_day, 'by', by_user, 'note', note, 'level', level, 'level_name', level_name,
            'last_day', last_day, 'reference', claim_step.reference, 'recorded_at', recorded_at,
            'amount_cents', claim_step.amount_cents
        ) order by on_day, recorded_at)
        from claim_step
        where claim_step.claim_id = billed_id
    ), '[]')::text as steps
from billed
order by session, filed_at, number
