-- Whose these workflows are: courses, and their claims and invoices, which have workflows of their own.
--   $1 text[] workflow ids
select course_id, workflow_id from course where workflow_id = any ($1::text[])
union all
select course_id, claim_id from claim where claim_id = any ($1::text[])
union all
select course_id, invoice_id from invoice where invoice_id = any ($1::text[])
