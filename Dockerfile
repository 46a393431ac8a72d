# One image for Sitrep and Airflow. Both live in a Python environment of their own, installed from requirements.lock by
# hash; what the official image brings along stays as it is and is not used, but for its entry point and its user.

FROM apache/airflow:3.3.2-python3.12 AS build
ARG UV_VERSION=0.13.9
ENV VIRTUAL_ENV=/opt/sitrep/venv \
    PIP_USER=0 \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    UV_COMPILE_BYTECODE=1
USER 0
RUN install -d -o 50000 -g 0 /opt/sitrep /opt/sitrep/app /opt/uv
USER 50000:0
WORKDIR /opt/sitrep/app

RUN python3 -m venv /opt/uv \
    && /opt/uv/bin/pip install --no-cache-dir "uv==${UV_VERSION}" \
    && /opt/uv/bin/uv venv --python python3 "${VIRTUAL_ENV}"

# The second one is what a worker of the profile "scale" needs besides.
COPY requirements.lock config/stack/celery.lock ./
RUN /opt/uv/bin/uv pip sync --no-cache --require-hashes requirements.lock celery.lock

# The lock also pins what developers need. What the product does not need goes again, with the tools that built it.
COPY pyproject.toml README.md LICENSE ./
COPY pipeline/ pipeline/
RUN /opt/uv/bin/uv pip install --no-cache --no-deps --no-build-isolation --editable . \
    && /opt/uv/bin/uv pip compile --quiet --no-cache --no-header --constraints requirements.lock pyproject.toml \
        --output-file /tmp/runtime.txt \
    && echo "-e ." >> /tmp/runtime.txt \
    && cat celery.lock >> /tmp/runtime.txt \
    && /opt/uv/bin/uv pip sync --no-cache --no-build-isolation /tmp/runtime.txt

COPY config/ config/
COPY dags/ dags/

FROM apache/airflow:3.3.2-python3.12
USER 0
# State, keys and the feed list of the sample newsroom: volumes take over the owner of the folders they are laid on.
RUN install -d -o 50000 -g 0 -m 0770 \
        /var/lib/sitrep /var/lib/sitrep-keys /var/lib/sitrep-sample /opt/airflow/state /opt/airflow/logs
# Root's files, so that nobody inside can change them.
COPY --from=build --chown=0:0 /opt/sitrep /opt/sitrep
ENV VIRTUAL_ENV=/opt/sitrep/venv \
    PATH=/opt/sitrep/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SITREP_HOME=/var/lib/sitrep \
    SITREP_CACHE=/tmp/sitrep-cache \
    SITREP_LOG_FORMAT=json \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/sitrep/app/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
USER 50000:0
