#!/bin/sh
# Writes the secrets of the stack, random and readable by their owner only, into the file named. Never overwrites it.
set -eu
umask 077
file=${1:?usage: make-env.sh FILE}

random() { # BYTES → twice as many hexadecimal digits
    head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

fernet() { # 32 bytes in URL-safe base64
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'
}

if [ -e "$file" ] || [ -L "$file" ]; then
    echo "$file exists and is left as it is; what runs with its secrets would be locked out by others" >&2
    exit 1
fi
set -C # a file that comes into being meanwhile is not overwritten either
cat > "$file" <<END
# Secrets of the stack: keep them, and keep them to yourself.
# Of your own choosing they may hold letters, digits, - and _: they also stand within URLs and scripts.

# Address that sites can reach you at; sent with every request. Needed for feeds outside SITREP_ALLOW_HOSTS.
SITREP_CONTACT=

POSTGRES_PASSWORD=$(random 24)
AIRFLOW_DATABASE_PASSWORD=$(random 24)
SITREP_DATABASE_PASSWORD=$(random 24)

# Elasticsearch's superuser, and Kibana's own user there.
ELASTIC_PASSWORD=$(random 24)
KIBANA_SYSTEM_PASSWORD=$(random 24)
KIBANA_SECURITY_KEY=$(random 32)
KIBANA_OBJECTS_KEY=$(random 32)
KIBANA_REPORTING_KEY=$(random 32)

# Login at Airflow: user sitrep.
AIRFLOW_PASSWORD=$(random 12)
AIRFLOW_FERNET_KEY=$(fernet)
AIRFLOW_JWT_SECRET=$(random 64)
AIRFLOW_SECRET_KEY=$(random 32)

# Of the profile "scale" only.
REDIS_PASSWORD=$(random 24)
END
echo "wrote $file; set SITREP_CONTACT in it" >&2
