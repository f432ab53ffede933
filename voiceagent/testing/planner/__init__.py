"""A bench for the embedded planner: made dialogues, a caller who answers what is asked, word errors, and the scores.

What it does not show: the caller hears what the agent does and with which values, not its words, so a text
that is badly put costs nothing here. The held-out set has words of its own, but its days and times are said in the same
ways as those of the development set, and both are put wrong by the same list of words that sound alike.
"""
