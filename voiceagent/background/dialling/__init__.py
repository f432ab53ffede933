"""What gateways ask of the records when they call people: a permit to dial, the entry of an opt-out."""
