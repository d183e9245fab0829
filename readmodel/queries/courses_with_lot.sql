-- Ids of the courses whose journal names a lot, with or without a correction since; in no order.
--   $1 text  the lot, in lower case, as a JSON string
-- Reads the whole journal: it is asked when a maker calls a lot back, not every day. The caller folds each course.
select distinct course_id
from course_event
where position('"lot": ' || $1 in lower(data::text)) > 0
