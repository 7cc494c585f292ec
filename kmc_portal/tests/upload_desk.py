"""A desk that takes one paper and hands it out to whoever knows the word: addresses for the tests of uploads."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from kmc_portal.common.upload_views import PaperField, handed_out
from kmc_portal.common.uploads import keep_paper
from kmc_portal.urls import urlpatterns as portal


class DeskForm(forms.Form):
    identity = PaperField(label="Identity")


def desk(request: HttpRequest) -> HttpResponse:
    form = DeskForm(request.POST, request.FILES)
    if not form.is_valid():
        [refusal] = form.errors.as_data()["identity"]
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=422)
    paper = form.cleaned_data["identity"]
    kept = keep_paper(paper)
    return JsonResponse({"name": kept.stored_as, "kind": paper.kind, "shown": kept.shown_name})


def paper(request: HttpRequest, name: str) -> HttpResponse:
    return handed_out(name, called="identity", may_see=request.GET.get("word") == "open")


urlpatterns = [path("desk/", desk), path("desk/<path:name>", paper), path("", include(portal))]
