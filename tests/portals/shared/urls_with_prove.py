"""The addresses of a branded host, with the demo's page for the second factor."""

from sublet.config.urls_brand import urlpatterns as brand_patterns
from sublet.demo.prove import urlpatterns as prove_patterns

urlpatterns = [*brand_patterns, *prove_patterns]
