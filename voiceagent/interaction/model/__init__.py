"""The duplex network: dMel front end, embeddings, transformer, heads, streaming state. The torch side of the house."""
