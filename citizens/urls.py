"""Signing in and out, and what a browser remembers."""

from __future__ import annotations

from django.urls import path

from citizens import views

app_name = "citizens"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-in/code/", views.sign_in_code, name="sign_in_code"),
    path("remember/", views.remember, name="remember"),
    path("forget/", views.forget, name="forget"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
