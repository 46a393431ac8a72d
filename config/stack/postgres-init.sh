#!/bin/bash
# Two databases with an owner each, made when the server starts for the first time.
# Run or read in by the image's own script, which is not written for "set -u".
set -eo pipefail
: "${AIRFLOW_DATABASE_PASSWORD:?is not set}" "${SITREP_DATABASE_PASSWORD:?is not set}"

# psql reads the passwords from the environment, so they stand in no command line.
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'END'
\getenv airflow_password AIRFLOW_DATABASE_PASSWORD
\getenv sitrep_password SITREP_DATABASE_PASSWORD
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE ROLE sitrep LOGIN PASSWORD :'sitrep_password';
CREATE DATABASE airflow OWNER airflow ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE sitrep OWNER sitrep ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE airflow FROM PUBLIC;
REVOKE CONNECT ON DATABASE sitrep FROM PUBLIC;
END
