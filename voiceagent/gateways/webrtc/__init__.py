"""Browser calls: the only place that knows aiortc and av. One `WebRtcGateway` per process, one `WebRtcLeg` per call."""
