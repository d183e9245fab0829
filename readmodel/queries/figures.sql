-- Figures for who watches: open waits by kind, how many are overdue by their course's own time, and the oldest.
--   $1 timestamptz now
select wait.kind, count(*)::integer as open, count(*) filter (where wait.due < $1::timestamptz + course.ahead)::integer as overdue,
    extract(epoch from max($1::timestamptz + course.ahead - wait.since))::double precision as oldest_seconds
from wait join course using (course_id)
group by wait.kind
