"""Airflow reads its settings when it is first imported, so its home is set before any test of this folder is read."""

import os
import tempfile

HOME = tempfile.mkdtemp(prefix="sitrep-test-airflow-")
os.environ.update(
    AIRFLOW_HOME=HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__HOSTNAME_CALLABLE="socket.gethostname",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/airflow.db",
)
