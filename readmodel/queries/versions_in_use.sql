-- How many courses go or went by which version of which protocol or payer's policy, open and over.
select protocol_id as book, protocol_version as version, count(*) filter (where outcome is null) as open,
    count(*) filter (where outcome is not null) as over
from course
group by protocol_id, protocol_version
union all
select one ->> 'payer_id', one ->> 'version', count(*) filter (where outcome is null), count(*) filter (where outcome is not null)
from course_measure as m
join course using (course_id)
cross join jsonb_array_elements(m.measures -> 'policies') as one
group by one ->> 'payer_id', one ->> 'version'
order by book, version
