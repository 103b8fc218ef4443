"""Pure state machine of the out-of-order engine: no threads, clock, files, network or host."""
