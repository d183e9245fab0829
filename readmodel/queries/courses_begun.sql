-- Which of these courses have begun their journal. As many as were asked about.
--   $1 text[]  courses
select course_id from course where course_id = any ($1)
