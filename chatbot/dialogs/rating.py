"""How was it? One figure, counted by month and by nobody's name. In no menu."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.engine.language import MENU
from chatbot.engine.steps import Answers, Choose, Dialog, Option, Say

BEST = 5


def _scores(_known: Answers) -> list[Option]:
    labels = (gettext("Very bad"), gettext("Bad"), gettext("Neither"), gettext("Good"), gettext("Very good"))
    return [*((str(score), label) for score, label in enumerate(labels, start=1)), (MENU, gettext("Menu"))]


def _is_low(known: Answers) -> bool:
    return known["score"] in ("1", "2")


RATING = Dialog(
    name="rating",
    version=1,
    title=_("How was this chat?"),
    words="rate; rating; feedback; rate this chat; মতামত; মূল্যায়ন; राय; रेटिंग; फ़ीडबैक; motamot; mulyayon; raay",
    counted_as="rated_{score}",
    steps=(
        Choose("score", _("How was this chat for you? Please send a number:"), options=_scores, fixed=True),
        Say(_("Thank you. It is counted without your name.")),
        Say(_("What went wrong? Write *clerk* to tell a person."), when=_is_low),
        Say(_("Send 0 for the menu.")),
    ),
)
