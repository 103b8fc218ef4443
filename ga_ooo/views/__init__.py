"""Views of simulations: lists, transcripts, explanations, exports. Readers, which change nothing.

They read the record of a run (:mod:`ga_ooo.record`) and the files of a simulation. Both may come
from somebody else, so texts in them are shown as texts, whatever they contain
(:mod:`~ga_ooo.views.texts`). Other rooms import :mod:`~ga_ooo.views.simulations` (finding and
listing), :mod:`~ga_ooo.views.transcripts`, :mod:`~ga_ooo.views.explanations`,
:mod:`~ga_ooo.views.waiting` and :mod:`~ga_ooo.views.exports`.
"""
