"""A telephony voice-agent platform: one duplex interaction model answers real calls."""

import os

__version__ = "0.1.0"

# What a contact centre runs tells nobody about it. Some libraries would, unless this is set before they are imported;
# onnxruntime from 1.29 on also keeps a device id (https://github.com/microsoft/onnxruntime/pull/27379).
for _opt_out in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ[_opt_out] = "1"  # noqa: TID251 - set, not read
