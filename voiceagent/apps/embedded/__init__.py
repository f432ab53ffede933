"""Real PostgreSQL and real Redis from Python wheels, run as children of `voiceagent up` when no URLs are configured.

Both keep their data under a state folder, listen on a unix socket only, and outlive a crash of the process that started
them: the next start adopts the running server, or starts it again and lets it recover.
"""
