-- A sign-in comes back from the provider. It can come back once.
--   $1 bytea hash of the state, $2 timestamptz now
delete from sign_in_begun where state_hash = $1 and ends_at > $2
returning nonce, code_verifier, back_to
