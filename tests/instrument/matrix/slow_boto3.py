"""Imported before `configure()`, which then is called while another thread is in the middle of importing ``boto3``."""

import time
from importlib import import_module
from threading import Thread

from held_import import HeldImport

_PAUSE_S = 1.0

_held = HeldImport("botocore.client", lambda: time.sleep(_PAUSE_S))
Thread(target=import_module, args=("boto3",)).start()
_held.begun.wait()
