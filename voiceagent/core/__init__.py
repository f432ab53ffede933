"""The bottom of the house: typed ids, the clock, the error tree and how things end. Standard library only."""
