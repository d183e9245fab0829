-- Appointments of some days in pages, earliest first, also cancelled ones.
--   $1 date first day, $2 date last day, $3 text injector, $4 text room, $5 text state,
--   $6 timestamptz, $7 text: start and id of the last one shown, $8 integer limit; null: any
select
    appointment.appointment_id, appointment.course_id, appointment.for_session, appointment.injector, appointment.room,
    appointment.starts_at, appointment.ends_at, appointment.state, appointment.reason, appointment.moved_from,
    patient.name as patient_name, patient.record_number
from appointment
left join course on course.course_id = appointment.course_id
left join patient on patient.patient_id = course.patient_id
where appointment.starts_at >= ($1::date)::timestamp at time zone (select settings ->> 'zone' from clinic)
    and appointment.starts_at < ($2::date + 1)::timestamp at time zone (select settings ->> 'zone' from clinic)
    and ($3::text is null or appointment.injector = $3)
    and ($4::text is null or appointment.room = $4)
    and ($5::text is null or appointment.state = $5)
    and ($6::timestamptz is null or (appointment.starts_at, appointment.appointment_id) > ($6::timestamptz, $7::text))
order by appointment.starts_at, appointment.appointment_id
limit $8
