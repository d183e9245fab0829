-- Who heard that a patient wants no messages any more, or takes that back: how, and on which day.
set local lock_timeout = '4s';

create table opt_out_said (
    said_id bigint generated always as identity primary key,
    patient_id text not null references patient,
    opted_out boolean not null,
    heard_by text not null,
    how text check (how in ('in_person', 'phone', 'written')),
    said_on date not null,
    recorded_at timestamptz not null,
    recorded_by text not null,
    constraint opt_out_taken_back_how check (opted_out or how is not null)
);
create index opt_out_said_of_patient on opt_out_said (patient_id, said_id);
create trigger opt_out_said_is_append_only before update or delete on opt_out_said
    for each row execute function refuse_change();
