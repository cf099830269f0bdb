#!/bin/sh
# Run by the image of PostgreSQL at its very first start.
set -eu
psql --username postgres \
    -v owner_password="$(cat "$OWNER_PASSWORD_FILE")" \
    -v app_password="$(cat "$APP_PASSWORD_FILE")" \
    -f /roles/roles.sql
