"""``retrieval``: embeddings as arrays that are kept, and exact scores only for likely results.

The entry is :func:`install`; nothing else of the package is for other rooms. ``replacement`` holds
the functions that replace the host's; ``vectors`` keeps embeddings as arrays; ``shortlist`` finds
the best memories without the exact score of each, and proves that the result is the same;
``cache`` keeps the results of rehearsals that are repeated.
"""

from ga_ooo.host.accelerators.retrieval.replacement import install

__all__ = ["install"]
