"""A bench for the embedded planner: made dialogues, a caller who answers what is asked, word errors, and the scores."""
