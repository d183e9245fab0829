-- Appointments of some clinic days, earliest first. Cancelled ones are left out.
--   $1 date first day, $2 date last day, both clinic-local; $3 text injector, $4 text room; null: any
-- No limit: a month of one clinic.
select
    appointment.appointment_id, appointment.course_id, appointment.for_session, appointment.injector, appointment.room,
    appointment.starts_at, appointment.ends_at, appointment.state, patient.name as patient_name, patient.record_number,
    course.appointment_id is not distinct from appointment.appointment_id as is_current,
    course.authorization_until_on < (appointment.starts_at at time zone (select settings ->> 'zone' from clinic))::date as after_authorization
from appointment
left join course on course.course_id = appointment.course_id
left join patient on patient.patient_id = course.patient_id
where appointment.state <> 'cancelled'
    -- Days by the index on the start first, a day more on both sides, then by the clinic's own clock.
    and appointment.starts_at >= $1::date - interval '1 day'
    and appointment.starts_at < $2::date + interval '2 days'
    and (appointment.starts_at at time zone (select settings ->> 'zone' from clinic))::date between $1 and $2
    and ($3::text is null or appointment.injector = $3)
    and ($4::text is null or appointment.room = $4)
order by appointment.starts_at, appointment.injector
