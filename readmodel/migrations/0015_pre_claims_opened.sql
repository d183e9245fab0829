-- What was handed to billing lately is found without reading the whole journal.
set local lock_timeout = '4s';

create index course_event_claim_opened on course_event (written_at) where kind = 'claim_opened';
