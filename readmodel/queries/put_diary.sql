-- Write diary days. A day that stands like this already is not entered again.
--   $1 text         patient
--   $2 jsonb        days: on, headache, migraine, hours, worst_pain, acute_medication
--   $3 text         by whom
--   $4 timestamptz  when
--   $5 text         from where
-- Returns how many days are new or differ from what stood there.
with given as (
    select *
    from jsonb_to_recordset($2::jsonb) as g (
        "on" date, headache boolean, migraine boolean, hours double precision, worst_pain smallint,
        acute_medication boolean
    )
),
fresh as (
    select given.*
    from given
    left join diary_day as d on d.patient_id = $1 and d.on_day = given."on"
    where d.patient_id is null
        or (d.headache, d.migraine, d.hours, d.worst_pain, d.acute_medication)
        is distinct from (
            given.headache, given.migraine, given.hours, given.worst_pain, given.acute_medication
        )
),
entered as (
    insert into diary_entry (patient_id, on_day, day, entered_by, entered_at, source)
    select $1, "on", to_jsonb(fresh), $3, $4, $5
    from fresh
),
stands as (
    insert into diary_day (patient_id, on_day, headache, migraine, hours, worst_pain, acute_medication)
    select $1, "on", headache, migraine, hours, worst_pain, acute_medication
    from fresh
    on conflict (patient_id, on_day) do update set
        headache = excluded.headache, migraine = excluded.migraine, hours = excluded.hours,
        worst_pain = excluded.worst_pain, acute_medication = excluded.acute_medication
)
select count(*) as days from fresh
