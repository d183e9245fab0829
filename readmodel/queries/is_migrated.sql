-- Whether the database answers and has what the console keeps of its own.
select exists (select from migration where name = '0013_pre_sign_in_begun')
