"""The folder that `voiceagent init` makes."""
