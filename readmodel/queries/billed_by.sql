-- Whether a session has been billed, or a claim has been replaced before, and by which id.
--   $1 text course, $2 integer session, $3 text the claim to be replaced, or null
select claim_id as billed_id from claim where course_id = $1 and session = $2 and replaces is not distinct from $3
union all
select invoice_id from invoice where course_id = $1 and session = $2 and $3::text is null
