-- What becomes of a claim after filing: replaced or voided by another, appealed, written off, reopened after payment.
set local lock_timeout = '4s';

alter table claim add column frequency text not null default '1' check (frequency in ('1', '7', '8'));
create unique index claim_replaced on claim (replaces);
alter table claim drop constraint claim_state_check;
alter table claim add constraint claim_state_check check (state in (
    'filed', 'accepted', 'paid', 'denied', 'appealed', 'reopened', 'taken_back', 'written_off', 'patient_billed',
    'replaced', 'voided'
));
alter table invoice drop constraint invoice_state_check;
alter table invoice add constraint invoice_state_check check (state in (
    'filed', 'accepted', 'paid', 'denied', 'reopened', 'taken_back'
));
alter table remittance drop constraint remittance_state_check;
alter table remittance add constraint remittance_state_check check (state in (
    'accepted', 'paid', 'denied', 'reopened', 'taken_back'
));
alter table remittance add column appeal_by date;
alter table remittance add column records_by date;

-- What we did about a claim, or learnt, besides what its payer said.
create table claim_step (
    key text primary key,
    content jsonb not null,
    claim_id text not null references claim,
    kind text not null check (kind in (
        'replaced', 'voided', 'appealed', 'records_sent', 'written_off', 'patient_billed', 'appeal_won', 'appeal_lost',
        'extended', 'settled'
    )),
    on_day date not null,
    by_user text not null,
    note text not null,
    level smallint,
    level_name text,
    last_day date,
    reference text,
    recorded_at timestamptz not null
);
create index claim_step_of on claim_step (claim_id, on_day);
