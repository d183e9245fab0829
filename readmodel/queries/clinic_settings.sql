-- The clinic as a course carries it.
select settings from clinic
