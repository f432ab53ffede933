"""`python -m voiceagent` is `voiceagent`."""

from voiceagent.cli.main import main

main()
