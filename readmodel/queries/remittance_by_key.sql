-- What a key recorded before.
--   $1 text  key
select billed_id, content::text as content
from remittance
where key = $1
