-- The views that a user sees: the own ones and those that others share, by name.
--   $1 text user
select saved_view.view_id, saved_view.owner, saved_view.name, saved_view.query, saved_view.shared
from saved_view
where saved_view.owner = $1 or saved_view.shared
order by lower(saved_view.name), saved_view.view_id
limit 100
