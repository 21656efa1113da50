from tests.hq.conftest import own_hq, standing_hq

__all__ = ["own_hq", "standing_hq"]
