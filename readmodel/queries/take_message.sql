-- Take the oldest due message to send it, or withdraw it where it must not go out any more. One row, or none is due.
--   $1 timestamptz  now
-- Red-flag advice that may not go out is failed, not withdrawn: the course is told, and somebody calls at once.
-- A message is due by its course's own time. Who takes it decides on opt-out, end, hold and death in the same breath.
with due as (
    select
        message.key,
        case
            when course.outcome = 'deceased' then 'the patient has died'
            when patient.opted_out then 'the patient wants no messages'
            when course.outcome is not null
                and not (message.kind in ('closing', 'alternatives', 'aftercare', 'red_flag_advice') or starts_with(message.kind, 'safety_'))
                then 'the course has ended'
            when course.phase = 'held' and message.kind in ('diary_prompt', 'reminder') then 'the course is held'
            when (message.parameters ->> 'starts_at')::timestamptz < $1::timestamptz + coalesce(course.ahead, interval '0')
                then 'the appointment has passed'
        end as stop,
        course.outcome,
        patient.name as patient_name,
        patient.language,
        -- Who answers for a minor is addressed up to the day before the patient comes of age, by the course's own day.
        case
            when own.comes_of_age_on <= (($1::timestamptz + course.ahead) at time zone (own.settings ->> 'zone'))::date
                then to_jsonb(patient)
            else coalesce(patient.guardian, to_jsonb(patient))
        end as addressee,
        own.settings as clinic
    from message
    left join course on course.course_id = message.course_id
    left join patient on patient.patient_id = course.patient_id
    left join lateral (
        select
            (started.data -> 'history' ->> 'comes_of_age_on')::date as comes_of_age_on,
            coalesce((select settings from clinic), started.data -> 'clinic') as settings
        from (values (1)) as one
        left join course_event as started on started.course_id = message.course_id and started.number = 1
    ) as own on true
    where message.status = 'queued'
        and message.send_at <= $1::timestamptz + (select coalesce(max(ahead), interval '0') from course where ahead <> interval '0')
        and message.send_at <= $1::timestamptz + coalesce(course.ahead, interval '0')
        and (message.next_try_at is null or message.next_try_at <= $1::timestamptz)
    order by message.send_at, message.key
    limit 1
    for update of message skip locked
)
update message set
    status = case
        when due.stop is null then 'sending'
        when message.kind = 'red_flag_advice' and due.outcome is distinct from 'deceased' then 'failed'
        else 'withdrawn'
    end,
    reason = due.stop,
    tries = message.tries + case when due.stop is null then 1 else 0 end,
    taken_at = $1::timestamptz
from due
where message.key = due.key
returning
    message.key, message.course_id, message.kind, message.parameters::text as parameters, message.send_at, message.tries,
    message.status, due.stop, due.patient_name, due.language, due.addressee ->> 'name' as to_name, due.addressee ->> 'email' as email,
    due.addressee ->> 'phone' as phone, due.addressee ->> 'preferred_channel' as preferred_channel,
    due.clinic ->> 'name' as clinic_name, due.clinic ->> 'phone' as clinic_phone, due.clinic ->> 'zone' as zone
