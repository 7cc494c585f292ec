"""Learn anew what the chat understands, after words or utterances have changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chatbot.understanding.classifier import FILE
from chatbot.understanding.training import learn


class Command(BaseCommand):
    help = "Learn the weights of chatbot/understanding/model.txt from lexicon and utterances. Seven seconds."

    def handle(self, **_options: Any) -> None:
        learnt = learn()
        FILE.write_text(learnt.written(), encoding="utf-8")
        self.stdout.write(f"{len(learnt.weights)} features, {len(learnt.intents)} intents.")
