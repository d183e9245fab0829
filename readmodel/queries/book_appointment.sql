-- Book a time, unless injector or room is taken then or the key has booked before: then no row comes back.
--   $1 text key, $2 jsonb request, $3 text course, $4 integer for which session, $5 text injector, $6 text room,
--   $7 timestamptz starts, $8 timestamptz ends, $9 text moved from, $10 timestamptz asked
insert into appointment (
    key, request, course_id, for_session, injector, room, starts_at, ends_at, moved_from, asked_at, changed_at
)
values ($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $10)
on conflict do nothing
returning appointment_id, course_id, for_session, starts_at, ends_at, injector, room
