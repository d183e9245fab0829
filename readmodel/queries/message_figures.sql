-- Messages by status: those still to go out, and those in trouble.
select status, count(*)::integer as messages
from message
where status in ('queued', 'sending', 'failed', 'unknown')
group by status
