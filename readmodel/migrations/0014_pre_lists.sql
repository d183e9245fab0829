-- Lists that are narrowed are read from their index alone: it carries the payer, the clinician and the owner.
set local lock_timeout = '4s';

drop index course_unconfirmed;
create index course_unconfirmed on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and appointment_status = 'tentative';
drop index course_outside_authorization;
create index course_outside_authorization on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and outside_authorization;
drop index course_missed;
create index course_missed on course ((coalesce(appointment_at, '-infinity')), course_id)
    include (appointment_at, payer_id, clinician)
    where outcome is null and missed_visits > 0;

drop index wait_of_payer;
create index wait_of_payer on wait (payer_id, kind, urgent_at, course_id, wait_id) include (owner, clinician);
drop index wait_of_clinician;
create index wait_of_clinician on wait (clinician, kind, urgent_at, course_id, wait_id) include (owner, payer_id);

create index course_authorization on course (lower(authorization_number)) where authorization_number is not null;
