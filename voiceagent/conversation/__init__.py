"""Pure talk: the opening, the floor, the timeline, the transcript, the profile that says what to say."""
