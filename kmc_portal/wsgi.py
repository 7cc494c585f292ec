"""WSGI entry point for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from chatbot.understanding.understand import warm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
application = get_wsgi_application()
# Before the first request, so that no citizen waits for it.
warm()
# What is here by now stays: the collector need not go through it again and again.
gc.freeze()
