-- The clinic that this database serves.
select clinic_id from clinic
