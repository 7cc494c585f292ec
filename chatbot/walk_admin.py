"""The desk for walks through numbers: who, how many, and that somebody has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import walks
from chatbot.walk_models import NumberWalk
from kmc_portal.common.desk_admin import DeskAdmin
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString


@admin.register(NumberWalk)
class NumberWalkAdmin(DeskAdmin):
    list_display = ("day", "numbers", "who", "see_link", "noticed_at", "seen_at", "seen_by")
    list_filter = (("seen_at", admin.EmptyFieldListFilter),)
    # What nobody has looked at comes first.
    ordering = ("-seen_at", "-noticed_at")

    def get_urls(self) -> list[URLPattern]:
        see = path("<int:walk>/see/", self.admin_site.admin_view(self.see), name=self.named("see"))
        return [see, *super().get_urls()]

    @admin.display(description=_("conversations"))
    def who(self, walk: NumberWalk) -> SafeString:
        page = "admin:chatbot_conversation_change"
        return format_html_join(
            " ", '<a href="{}">{}</a>', ((reverse(page, args=[number]), number) for number in walk.conversations)
        )

    @admin.display(description=_("next"))
    def see_link(self, walk: NumberWalk) -> str:
        if walk.seen_at:
            return ""
        return format_html(
            '<a href="{}">{}</a>', reverse(f"admin:{self.named('see')}", args=[walk.pk]), gettext("Look")
        )

    def see(self, request: HttpRequest, walk: int) -> HttpResponse:
        self.may(request, "change")
        found = get_object_or_404(NumberWalk, pk=walk)
        form = forms.Form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                walks.note_seen(walk, clerk=request.user.get_username(), now=timezone.now())
            except ServiceError as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, gettext("It is noted that you have looked at it."))
                return redirect(self.listed())
        title = gettext("{count} neighbouring numbers were looked up").format(count=found.numbers)
        why = gettext(
            "A few conversations have looked up more numbers of one neighbourhood than anybody needs. Each has to wait longer "
            "and longer for another number, and is shown no full name and no mobile number. Please read their messages: an "
            "agent with many clients does no harm; anything else is for the officer in charge of security."
        )
        about = format_html("<p>{}</p><p>{}: {}</p>", why, gettext("Conversations"), self.who(found))
        return self.page(request, title, form, button=gettext("I have looked at it"), about=about)
