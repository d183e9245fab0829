-- Enter days of a diary: a later entry replaces the day, and every entry is kept. What says the same again is no entry.
--   $1 text patient, $2 jsonb days, $3 text by, $4 timestamptz at, $5 text source
with given as (
    select d.*
    from jsonb_to_recordset($2::jsonb) as d (
        "on" date, headache boolean, migraine boolean, hours double precision, worst_pain smallint,
        acute_medication boolean
    )
),
put as (
    insert into diary_day (patient_id, on_day, headache, migraine, hours, worst_pain, acute_medication)
    select $1, "on", headache, migraine, hours, worst_pain, acute_medication
    from given
    on conflict (patient_id, on_day) do update set
        headache = excluded.headache, migraine = excluded.migraine, hours = excluded.hours,
        worst_pain = excluded.worst_pain, acute_medication = excluded.acute_medication
    where (diary_day.headache, diary_day.migraine, diary_day.hours, diary_day.worst_pain, diary_day.acute_medication)
        is distinct from
        (excluded.headache, excluded.migraine, excluded.hours, excluded.worst_pain, excluded.acute_medication)
    returning on_day
)
insert into diary_entry (patient_id, on_day, day, entered_by, entered_at, source)
select $1, given."on", to_jsonb(given), $3, $4, $5
from given
join put on put.on_day = given."on"
order by given."on"
returning on_day
