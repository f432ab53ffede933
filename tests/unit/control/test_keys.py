from voiceagent.control import keys


def test_every_key_carries_the_prefix() -> None:
    made = [keys.live("c"), keys.call_owner("c"), keys.worker("w"), keys.worker_leases("w"), keys.gateway("g")]
    made += [keys.gateway_calls("g"), keys.gateway_commands("g"), keys.EVENTS, keys.EVENTS_SET_ASIDE]
    made += [keys.WORKERS, keys.GATEWAYS, keys.FENCE, keys.DIRECTORY, keys.rate_limit("b")]

    assert all(key.startswith("va:") for key in made)
    assert len(set(made)) == len(made)


def test_three_heartbeats_fit_into_the_life_of_a_presence() -> None:
    assert keys.PRESENCE_TTL_MS >= 3000
    assert keys.LEASE_TTL_MS > keys.PRESENCE_TTL_MS
