-- The invoice that a key issued before.
--   $1 text  key
select invoice_id, number, amount_cents, content::text as content
from invoice
where key = $1
