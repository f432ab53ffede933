"""What a person is given who asks for their data (GDPR Art. 15, 20): their calls, without others', and a page on it."""
