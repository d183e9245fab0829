-- Empty injectors' hours, holidays and closures, to put them anew in the same transaction.
with hours as (delete from injector_hours),
closures as (delete from closure)
delete from holiday
