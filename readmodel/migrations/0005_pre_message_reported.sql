-- A message that did not arrive is reported to its course by one round of the delivery; a retried round reports it again.
set local lock_timeout = '4s';

alter table message add column reported_at timestamptz;
create index message_in_trouble on message (reported_at) where status in ('failed', 'unknown');
