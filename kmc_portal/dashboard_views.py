"""Door: the desk's dashboard, each drawing with its table beside it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kmc_portal import dashboard
from kmc_portal.charts import Chart, chart
from kmc_portal.common.clock import day_of
from kmc_portal.common.templatetags.portal import long_date
from payments import payables
from payments.states import Instrument, Method, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from kmc_portal.dashboard import Collected, Sums

MAY_SEE = "payments.view_journal"
TITLES = {
    "kind": _("By service"),
    "borough": _("By borough"),
    "ward": _("By ward"),
    "source": _("By door"),
    "method": _("By method of payment"),
}
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI")
# What a drawing can show and still be read; the table beside it has everything.
DRAWN = 12


class Section(NamedTuple):
    """One dimension: its drawing, and its table with a row for each word and the sums of each day."""

    name: str
    title: str
    drawing: Chart
    rows: Sequence[tuple[str, Sequence[Sums]]]


@never_cache
@require_GET
def day_at_a_glance(request: HttpRequest) -> HttpResponse:
    """Show what came in on a day beside the day before and a year ago.

    :raises PermissionDenied: whoever asks may not see the journal
    """
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    now = timezone.now()
    day = _asked(request.GET.get("day", ""), day_of(now))
    found = dashboard.collected(dashboard.compared(day))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": gettext("The day at a glance"),
        "day": day,
        "days": [_day_name(found.days[place], place) for place in range(len(found.days))],
        "whole": [found.whole.get(one, dashboard.Sums()) for one in found.days],
        "sections": [_section(found, name) for name in dashboard.DIMENSIONS],
        "expected": dashboard.expected(day_of(now)),
        "open_breaks": dashboard.open_breaks(now),
        "may_see_funnel": request.user.has_perm("chatbot.view_inboundmessage"),
    }
    return render(request, "admin/dashboard.html", context)


def _asked(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def _day_name(day: date, place: int) -> str:
    words = (gettext("this day"), gettext("the day before"), gettext("a year ago"))
    return f"{long_date(day)} ({words[place]})"


def _section(found: Collected, name: str) -> Section:
    words = found.parts[name]
    none = dashboard.Sums()
    rows = [(_word(name, word), [words[word].get(day, none) for day in found.days]) for word in _sorted(name, words)]
    most = sorted(rows, key=lambda row: max(sums.received for sums in row[1]), reverse=True)[:DRAWN]
    drawn = [row for row in rows if row in most]
    return Section(
        name, str(TITLES[name]), chart([(label, [one.received for one in sums]) for label, sums in drawn]), rows
    )


def _sorted(name: str, words: dict[str, Any]) -> list[str]:
    """Return wards and boroughs in the order of their numbers, those without one last; other words by the alphabet."""
    return sorted(words, key=lambda word: (word == "", int(word) if word.isdecimal() else 0, word))


def _word(name: str, word: str) -> str:
    """Return what people call a service, a place, a door or a method."""
    if not word:
        return gettext("not known")
    if name == "kind":
        kinds = payables.kinds()
        return gettext(kinds[word].title) if word in kinds else word
    if name == "borough":
        return ROMAN[int(word) - 1]
    if name == "ward":
        return f"{int(word):03d}"
    labels = dict(Source.choices) if name == "source" else {**dict(Method.choices), **dict(Instrument.choices)}
    return capfirst(str(labels.get(word, word.replace("_", " "))))
