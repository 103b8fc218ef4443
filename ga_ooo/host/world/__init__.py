"""The host's world while the engine runs it: what a move sees, and copies of what a move changes.

Other rooms import :class:`~ga_ooo.host.world.maze_views.MazeViews` (the tiles of one maze, as
they are at the step of the move that reads them), :class:`~ga_ooo.host.world.views.PersonasView`,
:class:`~ga_ooo.host.world.views.FarPersona` and :class:`~ga_ooo.host.world.views.Reader` (other
personas), :class:`~ga_ooo.host.world.hand_over.HandOverGuard` (when a move may change another
persona), :class:`~ga_ooo.host.world.news.NewsTracker` (who surely sees nothing new),
:mod:`~ga_ooo.host.world.snapshot` (copies of personas, and putting them back),
:class:`~ga_ooo.host.world.checkpoint.Checkpoint` (such copies of all personas at one step) and
:class:`~ga_ooo.host.world.access_times.AccessTimes` (access times of memories in rehearsals). The
package knows the host's objects, but not who runs the steps: that is ``host.run``.
"""
