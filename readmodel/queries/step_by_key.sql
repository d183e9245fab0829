-- What a key recorded about a claim before.
--   $1 text  key
select content::text as content
from claim_step
where key = $1
