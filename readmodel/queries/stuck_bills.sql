-- Claims and invoices that were handed to billing and that billing has not, of the last 60 days.
--   $1 timestamptz now, $2 interval patience, $3 integer limit
-- `workflow_id` is the claim's own.
select opened.course_id, opened.data ->> 'claim_id' as workflow_id, 'unbilled' as why, opened.written_at as since,
    count(*) over () as in_all
from course_event as opened
where opened.kind = 'claim_opened'
    and opened.written_at > $1::timestamptz - interval '60 days'
    and opened.written_at < $1::timestamptz - $2::interval
    and not exists (select from claim where claim.claim_id = opened.data ->> 'claim_id')
    and not exists (select from invoice where invoice.invoice_id = opened.data ->> 'claim_id')
    and not exists (
        select from course_event as later
        where later.course_id = opened.course_id and later.number > opened.number
            and later.kind in ('billing_impossible', 'billed_by_hand')
            and later.data ->> 'session' = opened.data ->> 'session'
    )
order by since, course_id
limit $3
