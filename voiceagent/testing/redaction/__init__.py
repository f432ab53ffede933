"""The frozen evaluation suite of redaction: made calls, misheard at a rate, and what of them stayed readable."""
