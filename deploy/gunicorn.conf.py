"""Web server of an installation; listens where systemd says, else on BIND."""

import os

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))
# A request that waits for a frozen Redis or a slow database still ends by itself.
timeout = 60
# What has begun is answered before a process ends.
graceful_timeout = 30
# The proxy asks anew each time: no connection is cut between two requests.
keepalive = 0
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"  # noqa: S108 (memory: a heartbeat must not wait for a disk)
# No access log here: addresses may hold the links of patients.
accesslog = None
errorlog = "-"
control_socket_disable = True
