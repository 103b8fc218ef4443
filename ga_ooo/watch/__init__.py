"""A local web application that shows a run: the town, its people, and where the time goes.

The application (:mod:`~ga_ooo.watch.app`) serves a page (folder ``page``: ES modules, no build
step) and the JSON that the page reads. :mod:`~ga_ooo.watch.views` makes the JSON from the record
and the files of a simulation; it knows no web server, so a page without a server can be given the
same data. :mod:`~ga_ooo.watch.access` keeps strangers out. From outside: ``views``,
:mod:`~ga_ooo.watch.serving`, which runs the application, :mod:`~ga_ooo.watch.source`, and
:mod:`~ga_ooo.watch.control`, by which the page controls a run. Nothing here imports a host.
"""
