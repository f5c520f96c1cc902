"""Addresses of what browsers fetch beside a page: the brand's colors and pictures, and what they ask for by themselves."""

from __future__ import annotations

from django.urls import path

from sublet.portals.public import views_brand_files as views

urlpatterns = [
    path("brand.css", views.style, name="brand-style"),
    path("brand/<str:digest>", views.picture, name="brand-picture"),
    path("brand-preview.css", views.preview_style, name="brand-preview-style"),
    path("brand-color/", views.color, name="brand-color"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("apple-touch-icon.png", views.touch_icon, name="touch-icon"),
    path("apple-touch-icon-precomposed.png", views.touch_icon, name="touch-icon-precomposed"),
    path("brand-icon-<int:size>.png", views.app_icon, name="brand-icon"),
    path("brand-icon-maskable-<int:size>.png", views.maskable_icon, name="brand-icon-maskable"),
    path("manifest.webmanifest", views.manifest, name="web-manifest"),
    path("robots.txt", views.robots, name="robots"),
]
