"""The data of the page: functions that take a record or a folder, and return plain values for JSON.

Texts are returned as they are; the page shows them as texts. From outside: all modules.
"""
