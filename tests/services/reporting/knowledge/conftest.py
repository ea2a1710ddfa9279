from tests.services.reporting.projector.conftest import feed

__all__ = ["feed"]
