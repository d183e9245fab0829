-- The clinic's settings as they travel with a course.
select settings::text as settings
from clinic
