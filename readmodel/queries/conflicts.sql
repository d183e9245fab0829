-- Events that were written twice with other content, the latest first.
--   $1 integer limit
select course_id, number, seen_at, times, had ->> 'kind' as had_kind, got ->> 'kind' as got_kind, got ->> 'by' as got_by
from journal_conflict
order by seen_at desc
limit $1
