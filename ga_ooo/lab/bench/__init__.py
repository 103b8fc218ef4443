"""``ga-ooo bench``: one scenario in several ways, their seconds, and whether all leave equal bytes.

From outside: :func:`~ga_ooo.lab.bench.running.run_benchmark`,
:func:`~ga_ooo.lab.bench.table.table` and :data:`~ga_ooo.lab.bench.ways.WAYS`.
"""
