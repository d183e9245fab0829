-- Someone signs out wherever he is signed in.
--   $1 text user
delete from sign_in where user_id = $1
