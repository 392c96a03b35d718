"""`--all` and `--roles`: the credentials of many profiles from one sign-in."""
