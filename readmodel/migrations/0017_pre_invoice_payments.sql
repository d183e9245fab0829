-- What a patient pays of an invoice, and what of it is written off: steps are kept of invoices too.
set local lock_timeout = '4s';

alter table invoice drop constraint invoice_state_check;
alter table invoice add constraint invoice_state_check check (state in (
    'filed', 'accepted', 'paid', 'denied', 'reopened', 'taken_back', 'written_off'
));
alter table claim_step drop constraint claim_step_claim_id_fkey; -- of a claim or of an invoice
alter table claim_step drop constraint claim_step_kind_check;
alter table claim_step add constraint claim_step_kind_check check (kind in (
    'replaced', 'voided', 'appealed', 'records_sent', 'written_off', 'patient_billed', 'appeal_won', 'appeal_lost',
    'extended', 'settled', 'payment'
));
alter table claim_step add column amount_cents integer;
