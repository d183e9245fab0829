-- Messages of the outbox by kind and state.
select kind, status, count(*) as messages, max(coalesce(sent_at, send_at)) as latest
from message
group by kind, status
order by kind, status
