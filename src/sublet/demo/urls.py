"""Where the demo's product manifest points: a stand-in for the host product, on every host. Only in a demo."""

from __future__ import annotations

from django.urls import path

from sublet.demo.views import callback, log_in, notice, product

urlpatterns = [
    path("login", log_in, name="demo-log-in"),
    path("callback", callback, name="demo-callback"),
    path("notice", notice, name="demo-notice"),
    path("<str:account>/", product, {"section": ""}, name="demo-product"),
    path("<str:account>/<path:section>", product, name="demo-section"),
]
