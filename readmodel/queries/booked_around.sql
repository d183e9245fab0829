-- The last clinic day with an appointment before some days, and the first one after them. Cancelled ones are left out.
--   $1 date first day, $2 date last day, both clinic-local; $3 text injector, $4 text room; null: any
with here as (
    select settings ->> 'zone' as zone from clinic
)
select
    (
        select (max(starts_at) at time zone here.zone)::date
        from appointment
        where state <> 'cancelled'
            and starts_at < $1::date::timestamp at time zone here.zone
            and ($3::text is null or injector = $3)
            and ($4::text is null or room = $4)
    ) as before_on,
    (
        select (min(starts_at) at time zone here.zone)::date
        from appointment
        where state <> 'cancelled'
            and starts_at >= ($2::date + 1)::timestamp at time zone here.zone
            and ($3::text is null or injector = $3)
            and ($4::text is null or room = $4)
    ) as next_on
from here
