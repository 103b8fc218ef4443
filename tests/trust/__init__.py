"""A simulation from somebody else is data, not a program."""
