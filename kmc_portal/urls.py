"""Every address of the portal. `/bn/ /hi/ /en/` in front of any of them is taken off by `middleware.Language`."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import payments.api
import property_tax.api
import property_tax.assess_api
import property_tax.paper_api
import property_tax.search_api
import trade_license.api
import trade_license.closure_api
from kmc_portal import health
from kmc_portal.common.rest import UnknownPath
from kmc_portal.dashboard_views import day_at_a_glance
from kmc_portal.desk_search_views import find_anything
from kmc_portal.my_views import my_page
from kmc_portal.second_factor_views import second_factor_page
from kmc_portal.views import front_page, help_page

api = [
    path("property-tax/assessees/", property_tax.search_api.Assessees.as_view()),
    path("property-tax/assessees/<str:number>/dues/", property_tax.api.Dues.as_view()),
    path("property-tax/assessees/<str:number>/statement/", property_tax.paper_api.Statement.as_view()),
    path("property-tax/no-dues-certificates/", property_tax.paper_api.NoDuesCertificates.as_view()),
    path("property-tax/assessments/", property_tax.assess_api.Assessment.as_view()),
    path("property-tax/payment-orders/", property_tax.api.OpenPayment.as_view()),
    # A number may have a slash in it.
    path("trade-licences/closures/", trade_license.closure_api.AskForCode.as_view()),
    path("trade-licences/closures/confirm/", trade_license.closure_api.Close.as_view()),
    path("trade-licences/payment-orders/", trade_license.api.OpenPayment.as_view()),
    path("trade-licences/<path:number>/dues/", trade_license.api.Dues.as_view()),
    path("payment-orders/<slug:number>/", payments.api.Order.as_view()),
    path("receipts/<str:code>/", payments.api.Paper.as_view()),
    re_path("", UnknownPath.as_view()),
]

urlpatterns = [
    # First, for nothing is asked for as often as the chat's hooks.
    path("", include("chatbot.urls")),
    path("", front_page, name="front_page"),
    path("help/", help_page, name="help"),
    path("my/", my_page, name="my_page"),
    path("property-tax/", include("property_tax.urls")),
    path("trade-licence/", include("trade_license.urls")),
    path("", include("payments.urls")),
    path("", include("citizens.urls")),
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/schema/swagger/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="swagger"),
    path("admin/day/", admin.site.admin_view(day_at_a_glance), name="day_at_a_glance"),
    path("admin/find/", admin.site.admin_view(find_anything), name="find_anything"),
    path("admin/second-factor/", second_factor_page, name="second_factor"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
