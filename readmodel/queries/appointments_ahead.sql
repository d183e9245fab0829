-- Appointments that lie ahead, to see whom a change of the calendar touches.
--   $1 timestamptz  now
-- No limit: what a change would strand must be seen whole.
select
    appointment.appointment_id,
    appointment.course_id,
    appointment.injector,
    appointment.room,
    (appointment.starts_at at time zone coalesce((select settings ->> 'zone' from clinic), 'UTC'))::date as on_day
from appointment
left join course using (course_id)
where state in ('tentative', 'confirmed') and ends_at > $1::timestamptz + coalesce(course.ahead, interval '0')
order by starts_at
