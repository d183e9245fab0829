-- One clinic day: who comes when, to whom, where, covered by what, and what is open. Cancelled ones are left out.
--   $1 date  clinic-local day
select
    appointment.appointment_id, appointment.course_id, appointment.for_session, appointment.injector, appointment.room,
    room.name as room_name, appointment.starts_at, appointment.ends_at, appointment.state, patient.name as patient_name,
    patient.record_number, patient.birth_date, patient.phone, course.phase, course.coverage_kind, course.payer_id,
    course.authorization_number, course.authorization_until_on, course.planned_units,
    course.appointment_id is not distinct from appointment.appointment_id as is_current,
    coalesce(course.waiting_for, '{}') as waiting_for, course.waiting
from appointment
join room on room.room_id = appointment.room
left join course on course.course_id = appointment.course_id
left join patient on patient.patient_id = course.patient_id
where appointment.state <> 'cancelled'
    and (appointment.starts_at at time zone (select settings ->> 'zone' from clinic))::date = $1
order by appointment.starts_at, appointment.injector
