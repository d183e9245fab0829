#!/bin/sh
# Starts Temporal's server with the database password from its secret file: the image itself reads only a variable.
set -eu
POSTGRES_PWD="$(cat /run/secrets/temporal_password)"
export POSTGRES_PWD
exec temporal-server start
