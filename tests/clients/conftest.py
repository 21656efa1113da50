from tests.hq.conftest import own_hq

__all__ = ["own_hq"]
