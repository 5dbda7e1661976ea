"""Many runs and what they say: the fit to the censuses."""
