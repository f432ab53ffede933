"""Systems that are told what happens in calls."""
