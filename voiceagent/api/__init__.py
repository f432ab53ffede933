"""The admin API: calls, live events, recordings, talk tokens, health and metrics. Start at `app.create_app`."""
