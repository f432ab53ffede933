"""What is masked of words before they are kept: numbers, codes, names and addresses, spoken or written. Pure.

`redact` masks one text; `CallRedaction` knows the call that it was said in. Decision 0029 says what is masked and why.
"""
