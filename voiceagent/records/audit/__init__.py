"""The audit log: who did what to which record, in a form in which a change made later is found."""
