"""Commands that look for problems: of a host, of a simulation, of a run that failed."""
