-- Courses that go or went by one version of a protocol or of a payer's policy, open ones first.
--   $1 text protocol or payer, $2 text version, $3 integer limit
select course.course_id
from course
left join course_measure as m using (course_id)
where (protocol_id = $1 and protocol_version = $2)
    or m.measures -> 'policies' @> jsonb_build_array(jsonb_build_object('payer_id', $1, 'version', $2))
order by course.outcome is not null, course.started_on desc, course.course_id
limit $3
