"""A caller who follows a script and reacts to what is heard on the line; runs in a process of its own."""
