-- All tokens with the users they act as, by name; never a token.
select api_token.name, api_token.user_id, app_user.role, api_token.made_by, api_token.made_at, api_token.ends_at,
    api_token.revoked_at, api_token.used_at
from api_token
left join app_user using (user_id)
order by api_token.revoked_at is not null, api_token.name
