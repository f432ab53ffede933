import pytest
from hypothesis import given, strategies as st

from voiceagent.core.errors import ConfigError
from voiceagent.records.blobs.s3_place import S3Place, is_in_bucket


@given(st.text(min_size=1), st.text())
def test_a_place_is_read_as_it_was_written(key: str, version: str) -> None:
    place = S3Place(bucket="acme-recordings", key=key, version=version)

    assert S3Place.of(str(place)) == place
    assert is_in_bucket(str(place))


@pytest.mark.parametrize("place", ["", "call_1/call_1/rec_1.wav", "s3://", "s3://acme", "s3://acme/", "https://a/b"])
def test_what_is_no_place_in_a_bucket_is_told(place: str) -> None:
    with pytest.raises(ConfigError, match="no place in a bucket"):
        S3Place.of(place)


def test_a_list_names_the_one_version_of_a_bucket_that_keeps_none() -> None:
    kept = S3Place(bucket="acme", key="k")

    assert S3Place(bucket="acme", key="k", version="null").is_same(kept)
    assert not S3Place(bucket="acme", key="k", version="v1").is_same(kept)
