"""The record of a run as spans and metrics of OpenTelemetry (extra ``telemetry``).

:mod:`~ga_ooo.views.telemetry.names` has all names of the GenAI conventions, which are not stable.
From outside, import :mod:`~ga_ooo.views.telemetry.spans` only where the package is installed, and
:mod:`~ga_ooo.views.telemetry.sending`, which refuses politely where it is not.
"""
