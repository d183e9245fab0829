-- Messages that somebody took long ago and never finished: nobody knows whether they went out.
--   $1 timestamptz  taken before
update message set status = 'unknown', reason = 'the sender died while sending'
where status = 'sending' and taken_at < $1
returning key, course_id, kind
