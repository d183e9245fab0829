-- The claims and invoices of a course's sessions, as billing knows them.
--   $1 text  course
select claim_id, session, 'claim' as kind, control_number as number, state, amount_cents, paid_cents, changed_at
from claim
where course_id = $1
union all
select invoice_id, session, 'invoice', number, state, amount_cents, paid_cents, changed_at
from invoice
where course_id = $1
order by session, claim_id
