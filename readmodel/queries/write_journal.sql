-- Write a batch of course events with the course's row, waits and messages: all of it, or nothing where it conflicts.
--   $1 jsonb  course_id, summary, events, waits, messages, withdrawn (prefixes of message keys)
-- One statement, so that the hot path costs one round trip. All parts see the tables as they were before it.
-- Returns how many events of the batch are in the journal with other content, whether events before it are missing, and
-- whether the course's row took effect: an older writer changes neither row nor waits. Messages still queued, or
-- withdrawn before by a course that ended, are queued as a later event asks for them.
with given as (
    select (e ->> 'number')::integer as number, e as data
    from jsonb_array_elements($1::jsonb -> 'events') as e
),
summary as (
    select
        $1::jsonb ->> 'workflow_id' as workflow_id,
        s.*
    from jsonb_to_record($1::jsonb -> 'summary') as s (
        course_id text, patient_id text, number integer, protocol_id text, protocol_version text, payer_id text,
        coverage_kind text, clinician text, phase text, outcome text, outcome_reason text, started_on date, ended_on date,
        closed_on date, sample boolean, sessions_given integer, last_session_on date, next_session integer,
        appointment_id text, appointment_starts_at timestamptz, appointment_status text, appointment_injector text,
        authorization_number text, authorization_until_on date, planned_units integer, waiting text, waiting_for text[],
        next_due_at timestamptz, last_dose_on date, trial_session integer, trial_of integer,
        authorization_sessions_left integer, authorization_units_left integer, missed_visits integer,
        outside_authorization boolean
    )
),
known as (
    select given.number, given.data as got, course_event.data as had
    from given
    join summary on true
    join course_event on course_event.course_id = summary.course_id and course_event.number = given.number
),
different as (
    select number, had, got from known where had <> got
),
verdict as (
    select
        (select count(*) from different) as different,
        coalesce(
            (select min(number) from given)
            > coalesce((select max(e.number) from course_event e, summary where e.course_id = summary.course_id), 0) + 1,
            false
        ) as missing
),
reported as (
    insert into journal_conflict (course_id, number, had, got)
    select summary.course_id, different.number, different.had, different.got
    from different, summary
    on conflict (course_id, number, md5(got::text)) do update set times = journal_conflict.times + 1
),
writable as (
    select summary.*
    from summary, verdict
    where verdict.different = 0 and not verdict.missing
),
written as (
    insert into course_event (course_id, number, kind, at, on_day, by, role, request_id, task, data)
    select
        writable.course_id, given.number, data ->> 'kind', (data ->> 'at')::timestamptz, (data ->> 'on')::date,
        data ->> 'by', data ->> 'role', data ->> 'request_id', data ->> 'task', data
    from given, writable
    where not exists (select from known where known.number = given.number)
),
effective as (
    insert into course (
        course_id, workflow_id, patient_id, number, protocol_id, protocol_version, payer_id, coverage_kind, clinician,
        phase, outcome, outcome_reason, started_on, ended_on, closed_on, sample, sessions_given, last_session_on,
        next_session, appointment_id, appointment_starts_at, appointment_status, appointment_injector,
        authorization_number, authorization_until_on, planned_units, waiting, waiting_for, next_due_at, last_dose_on, trial_session, trial_of,
        authorization_sessions_left, authorization_units_left, missed_visits, outside_authorization
    )
    select
        course_id, workflow_id, patient_id, number, protocol_id, protocol_version, payer_id, coverage_kind, clinician,
        phase, outcome, outcome_reason, started_on, ended_on, closed_on, sample, sessions_given, last_session_on,
        next_session, appointment_id, appointment_starts_at, appointment_status, appointment_injector,
        authorization_number, authorization_until_on, planned_units, waiting, waiting_for, next_due_at, last_dose_on, trial_session, trial_of,
        authorization_sessions_left, authorization_units_left, missed_visits, outside_authorization
    from writable
    on conflict (course_id) do update set (
        workflow_id, number, protocol_id, protocol_version, payer_id, coverage_kind, clinician, phase, outcome,
        outcome_reason, ended_on, closed_on, sessions_given, last_session_on, next_session, appointment_id,
        appointment_starts_at, appointment_status, appointment_injector, authorization_number, authorization_until_on,
        planned_units, waiting, waiting_for, next_due_at, last_dose_on, trial_session, trial_of,
        authorization_sessions_left, authorization_units_left, missed_visits, outside_authorization
    ) = (
        excluded.workflow_id, excluded.number, excluded.protocol_id, excluded.protocol_version, excluded.payer_id,
        excluded.coverage_kind, excluded.clinician, excluded.phase, excluded.outcome, excluded.outcome_reason,
        excluded.ended_on, excluded.closed_on, excluded.sessions_given, excluded.last_session_on, excluded.next_session,
        excluded.appointment_id, excluded.appointment_starts_at, excluded.appointment_status,
        excluded.appointment_injector, excluded.authorization_number, excluded.authorization_until_on,
        excluded.planned_units, excluded.waiting, excluded.waiting_for, excluded.next_due_at, excluded.last_dose_on,
        excluded.trial_session, excluded.trial_of, excluded.authorization_sessions_left,
        excluded.authorization_units_left, excluded.missed_visits, excluded.outside_authorization
    )
    where course.number < excluded.number
    returning course_id, payer_id, clinician, ahead
),
waits as (
    select w.*
    from jsonb_to_recordset($1::jsonb -> 'waits') as w (
        id text, kind text, subject text, since timestamptz, due timestamptz, look_at timestamptz, raised integer,
        owner text, attempts jsonb, context jsonb
    )
),
ended as (
    delete from wait using effective
    where wait.course_id = effective.course_id and wait.wait_id not in (select id from waits)
),
open as (
    insert into wait (
        course_id, wait_id, kind, subject, since, due, look_at, raised, owner, attempts, context, payer_id, clinician, ahead
    )
    select
        course_id, id, kind, subject, since, due, look_at, raised, owner, attempts, context, payer_id, clinician, ahead
    from waits, effective
    on conflict (course_id, wait_id) do update set
        since = excluded.since, due = excluded.due, look_at = excluded.look_at, raised = excluded.raised,
        owner = excluded.owner, attempts = excluded.attempts, context = excluded.context,
        payer_id = excluded.payer_id, clinician = excluded.clinician, ahead = excluded.ahead
    -- What stays as it is costs nothing.
    where (
        wait.since, wait.due, wait.look_at, wait.raised, wait.owner, wait.attempts, wait.context, wait.payer_id,
        wait.clinician, wait.ahead
    ) is distinct from (
        excluded.since, excluded.due, excluded.look_at, excluded.raised, excluded.owner, excluded.attempts,
        excluded.context, excluded.payer_id, excluded.clinician, excluded.ahead
    )
),
prefixes as (
    select prefix from jsonb_array_elements_text($1::jsonb -> 'withdrawn') as prefix
),
posted as (
    -- Of each key what the last of the batch says. What a later event of the batch withdrew says so itself; of batches
    -- that 0.1 put together, the prefixes say it.
    select distinct on (m.key)
        m.key, m.kind, m.parameters, m.send_at,
        coalesce(m.gone, exists (select from prefixes where starts_with(m.key, prefix))) as gone,
        m.gone is false as queued_after
    from jsonb_array_elements($1::jsonb -> 'messages') with ordinality as row (data, place),
        jsonb_to_record(row.data) as m (key text, kind text, parameters jsonb, send_at timestamptz, gone boolean)
    order by m.key, row.place desc
),
queued as (
    insert into message (key, course_id, kind, parameters, send_at, status, reason)
    select
        posted.key, writable.course_id, posted.kind, posted.parameters, posted.send_at,
        case when gone then 'withdrawn' else 'queued' end, case when gone then 'by the course' end
    from writable, posted
    -- What is there already and gone is withdrawn below: one statement may change a row only once.
    where not (posted.gone and exists (select from message where message.key = posted.key))
    on conflict (key) do update set status = excluded.status, reason = excluded.reason, send_at = excluded.send_at,
        parameters = excluded.parameters
    where (message.status = 'queued' or (message.status = 'withdrawn' and message.reason = 'by the course'))
        and excluded.status = 'queued' and exists (select from effective)
),
withdrawn as (
    update message set status = 'withdrawn', reason = 'by the course'
    from writable
    where message.course_id = writable.course_id and message.status = 'queued'
        and exists (select from prefixes where starts_with(message.key, prefix))
        and not exists (select from posted where posted.key = message.key and posted.queued_after)
        and exists (select from effective)
)
select different, missing, exists (select from effective) as effective from verdict
