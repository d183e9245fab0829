-- A sign-in goes to the provider; those that never came back are forgotten.
--   $1 bytea hash of the state, $2 text nonce, $3 text code verifier, $4 text path to come back to, $5 timestamptz now,
--   $6 timestamptz end
with forgotten as (delete from sign_in_begun where ends_at <= $5)
insert into sign_in_begun (state_hash, nonce, code_verifier, back_to, ends_at) values ($1, $2, $3, $4, $6)
