-- The payers and clinicians that tasks can be filtered by, each found by one step through its index.
with recursive payers as (
    (select payer_id from wait where payer_id is not null order by payer_id limit 1)
    union all
    select (select w.payer_id from wait as w where w.payer_id > payers.payer_id order by w.payer_id limit 1)
    from payers
    where payers.payer_id is not null
),
clinicians as (
    (select clinician from wait where clinician is not null order by clinician limit 1)
    union all
    select (select w.clinician from wait as w where w.clinician > clinicians.clinician order by w.clinician limit 1)
    from clinicians
    where clinicians.clinician is not null
)
select 'payer' as what, payer_id as id from payers where payer_id is not null
union all
select 'clinician', clinician from clinicians where clinician is not null
