"""What processes share while calls run, in Redis: events on their way, leases, presence, routing, commands.

The only package that imports redis. Everything here can be rebuilt or waits in a spool: Redis may die at any time.
"""
