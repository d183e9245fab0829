-- Put a patient by record number. No row comes back where that number is of somebody born on another day.
--   $1 text patient (for a new one), $2 text record number, $3 text name, $4 date birth date, $5 text language,
--   $6 text email, $7 text phone, $8 text preferred channel, $9 boolean opted out, $10 jsonb guardian,
--   $11 timestamptz at, $12 text by
insert into patient (
    patient_id, record_number, name, birth_date, language, email, phone, preferred_channel, opted_out, guardian,
    changed_at, changed_by
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12)
on conflict (record_number) do update set
    name = excluded.name, language = excluded.language, email = excluded.email, phone = excluded.phone,
    preferred_channel = excluded.preferred_channel, opted_out = excluded.opted_out, guardian = excluded.guardian,
    changed_at = excluded.changed_at, changed_by = excluded.changed_by
where patient.birth_date = excluded.birth_date
returning patient_id
