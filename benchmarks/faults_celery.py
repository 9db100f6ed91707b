"""A Celery application for `faults.py`: configured where it is defined, as users do it, before the worker forks."""

import json
import os
import sys
from typing import Any

from celery import Celery

from faults_producer import Ours, Raw, Told

OPTIONS: dict[str, Any] = json.loads(os.environ["FAULTS"])
QUEUE = OPTIONS["queue"]

app = Celery("faults", broker="filesystem://")
app.conf.update(
    broker_transport_options={
        "data_folder_in": f"{QUEUE}/in",
        "data_folder_out": f"{QUEUE}/in",
        "control_folder": f"{QUEUE}/control",
    },
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
)


@app.task
def work() -> None:
    """One run."""
    Told(OPTIONS["out"]).write(side.run(rounds=2))


if __name__ == "__main__":
    for _ in range(int(sys.argv[1])):
        app.send_task("faults_celery.work")
else:
    side = (Ours if OPTIONS["side"] == "ours" else Raw)(OPTIONS)
