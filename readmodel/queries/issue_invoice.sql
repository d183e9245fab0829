-- Issue an invoice, unless its key, its id, or another invoice of the session is there: then no row comes back.
--   $1 text key, $2 jsonb claim, $3 timestamptz issued
insert into invoice (
    invoice_id, key, content, course_id, session, service_on, amount_cents, issued_at, changed_at
)
select id, $1, $2::jsonb, course_id, session, service_on, amount_cents, $3, $3
from jsonb_to_record($2::jsonb) as c (id text, course_id text, session integer, service_on date, amount_cents integer)
on conflict do nothing
returning invoice_id, number, amount_cents
