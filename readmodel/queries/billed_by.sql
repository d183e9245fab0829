-- Whether a session has been billed, and under which id.
--   $1 text course, $2 integer session
select claim_id as billed_id from claim where course_id = $1 and session = $2 and replaces is null
union all
select invoice_id from invoice where course_id = $1 and session = $2
