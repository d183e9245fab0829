-- The claim that a key filed before.
--   $1 text  key
select claim_id, control_number, state, content::text as content
from claim
where key = $1
