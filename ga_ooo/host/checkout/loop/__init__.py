"""The loop of a host, compared with the loop of the original, statement by statement.

From outside: :func:`~ga_ooo.host.checkout.loop.review.review_loop`, which says what a fork does in
its loop besides the original's work, and whether the engine can do it. ``statements`` reads the
loop, ``normal_form`` makes statements comparable, and ``original.toml`` holds fingerprints of the
statements of the known hosts.
"""
