"""People who sign in at an identity provider (OpenID Connect) and show its access token."""
