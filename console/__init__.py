"""The web console: pages for operations, clinicians and admins, and the HTTP API under them."""
