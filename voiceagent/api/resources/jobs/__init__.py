"""Jobs: work that outlasts its process, why it is not done, and bringing a dead letter back."""
