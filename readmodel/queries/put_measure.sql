-- Keep what is counted of a course. An older count never replaces a newer one.
--   $1 text course, $2 integer number, $3 integer shape, $4 date good until, $5 timestamptz at, $6 jsonb measures
insert into course_measure (course_id, number, shape, good_until, counted_at, measures)
values ($1, $2, $3, $4, $5, $6)
on conflict (course_id) do update set number = excluded.number, shape = excluded.shape, good_until = excluded.good_until,
    counted_at = excluded.counted_at, measures = excluded.measures
where course_measure.number <= excluded.number
