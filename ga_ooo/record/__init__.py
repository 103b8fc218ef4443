"""The record of a run: one SQLite file beside the simulation, with a table for each kind of event.

A run writes it (:class:`RecordWriter`), and every view of the run reads it (:class:`RecordReader`):
reports, exports, explanations, pages. docs/record.md describes the tables. The room knows no host.
A record that somebody else made is read as untrusted data. From outside, import the names below,
the types of rows (:mod:`~ga_ooo.record.rows`), the list of tables (:mod:`~ga_ooo.record.tables`),
:mod:`~ga_ooo.record.opening`, :mod:`~ga_ooo.record.other_loops`, and
:mod:`~ga_ooo.record.conversations`, which finds conversations in movement files.
"""

from ga_ooo.record.reader import RecordReader, record_file
from ga_ooo.record.writer import RecordWriter

__all__ = ["RecordReader", "RecordWriter", "record_file"]
