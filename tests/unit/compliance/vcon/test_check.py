from collections.abc import Callable
from copy import deepcopy

import pytest

from voiceagent.compliance.vcon.check import problems_of


def _changed(vcon: dict, change: Callable[[dict], object]) -> list[str]:
    other = deepcopy(vcon)
    change(other)
    return problems_of(other)


def _one(problems: list[str], text: str) -> None:
    assert len(problems) == 1, problems
    assert text in problems[0]


def test_a_container_of_ours_has_no_problems(vcon: dict) -> None:
    assert problems_of(vcon) == []


def test_T_VC_1_a_container_that_is_redacted_and_amended_is_refused(vcon: dict) -> None:
    _one(_changed(vcon, lambda v: v.update(redacted={"type": "x"}, amended={"uuid": "y"})), "redacted and amended")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda v: v["dialog"][0].update(parties=[0, 7]), "no parties[7]"),
        (lambda v: v["dialog"][0].update(parties=[[0, 1], None, 9]), "no parties[9]"),
        (lambda v: v["dialog"][0].update(originator=3), "no parties[3]"),
        (lambda v: v["dialog"][0].update(recording_set=4), "no dialog[4]"),
        (lambda v: v["dialog"][0]["party_history"][0].update(party=5), "no parties[5]"),
        (lambda v: v["analysis"][0].update(dialog=[0, 2]), "no dialog[2]"),
        (lambda v: v["analysis"][0].update(attachment=99), "no attachments[99]"),
        (lambda v: v["attachments"][0].update(party=-1), "no parties[-1]"),
    ],
)
def test_T_VC_2_an_index_without_its_object_is_found(vcon: dict, change: Callable[[dict], object], text: str) -> None:
    _one(_changed(vcon, change), text)


def test_T_VC_3_an_incomplete_dialog_must_say_why(vcon: dict) -> None:
    def change(v: dict) -> None:
        v["dialog"].append({"type": "incomplete", "start": "2026-11-20T09:30:00.000Z", "parties": [0]})

    _one(_changed(vcon, change), "no disposition")


@pytest.mark.parametrize("kind", ["transfer", "recording-set", "incomplete"])
def test_T_VC_4_a_dialog_without_sound_has_no_content(vcon: dict, kind: str) -> None:
    def change(v: dict) -> None:
        body = {"body": "x", "encoding": "none", "mediatype": "text/plain"}
        v["dialog"].append({"type": kind, "disposition": "failed", **body})

    _one(_changed(vcon, change), "has no content, yet there is some")


def test_T_VC_5_a_body_needs_an_encoding(vcon: dict) -> None:
    _one(_changed(vcon, lambda v: v["analysis"][0].pop("encoding")), "without encoding")


def test_T_VC_6_a_body_needs_a_mediatype_under_its_new_or_its_old_name(vcon: dict) -> None:
    def rename(v: dict) -> None:
        v["attachments"][0]["mimetype"] = v["attachments"][0].pop("mediatype")

    _one(_changed(vcon, lambda v: v["attachments"][0].pop("mediatype")), "without mediatype")
    assert _changed(vcon, rename) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda d: d.update(url="http://media.invalid/x.wav"), "not https"),
        (lambda d: d.pop("content_hash"), "without a sha512 content_hash"),
        (lambda d: d.update(content_hash="sha256-" + "A" * 43), "without a sha512 content_hash"),
        (lambda d: d.update(content_hash=[]), "without a sha512 content_hash"),
    ],
    ids=["plain http", "no hash", "a weaker hash", "an empty list"],
)
def test_T_VC_7_what_lies_elsewhere_is_https_and_has_a_hash(vcon: dict, change: Callable, text: str) -> None:
    _one(_changed(vcon, lambda v: change(v["dialog"][0])), text)


@pytest.mark.parametrize(("body", "fine"), [("aGk", True), ("aGl", False), ("aGk=", False), ("a+k", False), (5, False)])
def test_T_VC_8_base64url_decodes_and_has_no_loose_bits(vcon: dict, body: object, fine: bool) -> None:
    def change(v: dict) -> None:
        v["attachments"][0].update(encoding="base64url", mediatype="text/plain", body=body)

    assert (_changed(vcon, change) == []) is fine


def test_T_VC_9_a_key_that_was_pressed_says_which(vcon: dict) -> None:
    def change(v: dict) -> None:
        v["dialog"][0]["party_history"].append({"party": 0, "time": "2026-11-20T09:30:00.000Z", "event": "keydown"})

    _one(_changed(vcon, change), "keydown without a button")


@pytest.mark.parametrize(("channels", "fine"), [(2, True), (1, True), (3, False), (None, True)])
def test_T_VC_10_a_recording_has_a_channel_for_each_party(vcon: dict, channels: int | None, fine: bool) -> None:
    assert (problems_of(vcon, channels_of=lambda _: channels) == []) is fine


def test_T_VC_11_a_container_that_needs_an_unknown_extension_is_refused(vcon: dict) -> None:
    assert _changed(vcon, lambda v: v.update(critical=["CC"])) == []
    _one(_changed(vcon, lambda v: v.update(critical=["CC", "holograms"])), "holograms is not understood")
    _one(_changed(vcon, lambda v: v.update(must_support=["holograms"])), "holograms is not understood")
