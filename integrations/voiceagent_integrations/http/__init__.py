"""What every connector over HTTP needs: tokens, patience, limits. docs/decisions/0019 says why it is ours."""
