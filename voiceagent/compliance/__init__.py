"""What may be kept, for how long, and how to prove it. Decisions are pure."""
