"""The report of a run: one HTML file that needs nothing from elsewhere.

The file shows figures, the task stream with the critical path, what each kind of call cost, the
conversations, and the comparison with the host's loop and with another run. All numbers are
computed here from the record (:mod:`ga_ooo.record`), before anything is drawn; the page only draws
them. From outside, import :func:`~ga_ooo.report.page.write_report`.
"""

from ga_ooo.report.page import write_report

__all__ = ["write_report"]
