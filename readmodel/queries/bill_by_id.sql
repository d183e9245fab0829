-- A claim or an invoice as it was filed, and where it stands.
--   $1 text  claim or invoice
select content::text as content, state from claim where claim_id = $1
union all
select content::text, state from invoice where invoice_id = $1
