"""Variables that moves share: found in the source of a host, waited for, copied for rehearsals."""
