-- Bring an appointment into a state and note by whose key.
--   $1 text key, $2 text appointment, $3 jsonb request, $4 text state, $5 text reason, $6 timestamptz at
with changed as (
    update appointment set state = $4, reason = $5, changed_at = $6
    where appointment_id = $2
)
insert into appointment_change (key, appointment_id, request, state, reason, at)
values ($1, $2, $3::jsonb, $4, $5, $6)
