#!/bin/sh
# Brings both of Temporal's databases to this server's schema. Can be repeated; run before a new server starts.
set -eu
SQL_PASSWORD="$(cat /run/secrets/temporal_password)"
export SQL_PASSWORD

bring_up() {
    database="$1" folder="$2"
    temporal-sql-tool --plugin postgres12_pgx --ep postgres -p 5432 -u temporal --db "$database" setup-schema -v 0.0
    temporal-sql-tool --plugin postgres12_pgx --ep postgres -p 5432 -u temporal --db "$database" update-schema \
        -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
