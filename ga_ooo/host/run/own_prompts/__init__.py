"""The host's own prompts: all of them (:mod:`~ga_ooo.host.run.own_prompts.interactive`), and its
interview of one persona (:mod:`~ga_ooo.host.run.own_prompts.interview`), and its whispers to
personas in a run (:mod:`~ga_ooo.host.run.own_prompts.whispers`)."""
