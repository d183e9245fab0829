-- A claim or an invoice, locked until the transaction ends. `owed_cents` is what a patient owes.
--   $1 text  claim or invoice
with locked_claim as (select claim_id, state, paid_cents from claim where claim_id = $1 for update),
locked_invoice as (select invoice_id, state, paid_cents, amount_cents from invoice where invoice_id = $1 for update)
select claim_id as billed_id, state, paid_cents, null as owed_cents from locked_claim
union all
select invoice_id, state, paid_cents, amount_cents from locked_invoice
