"""The web server, as shipped. ADR 0003 has the measurement behind it."""

worker_class = "gthread"
workers = 2
threads = 4
keepalive = 5
# A WhatsApp webhook is given up after 15 seconds, a citizen gives up sooner.
timeout = 30
control_socket_disable = True
