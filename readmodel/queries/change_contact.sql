-- Change how a patient is reached. What is null stays as it is.
--   $1 text         patient
--   $2 jsonb        name, email, phone, preferred_channel, language
--   $3 timestamptz  when
--   $4 text         by whom
update patient set
    name = coalesce($2::jsonb ->> 'name', name),
    email = coalesce($2::jsonb ->> 'email', email),
    phone = coalesce($2::jsonb ->> 'phone', phone),
    preferred_channel = coalesce($2::jsonb ->> 'preferred_channel', preferred_channel),
    language = coalesce($2::jsonb ->> 'language', language),
    changed_at = $3,
    changed_by = $4
where patient_id = $1
returning patient_id
