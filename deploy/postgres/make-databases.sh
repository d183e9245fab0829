#!/bin/sh
# Makes a user of its own for each owner of a database. The image runs this once, when its volume is empty.
set -eu

make_user() {
    # The password goes in by a variable of psql, which quotes it; it never stands on a command line.
    psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<SQL
\set password \`cat /run/secrets/$1_password\`
create role $1 login password :'password';
SQL
}

make_database() {
    psql --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
        --command "create database $1 owner $2" \
        --command "revoke connect on database $1 from public"
}

make_user temporal
make_user regimen
make_database temporal temporal
make_database temporal_visibility temporal
make_database regimen regimen
