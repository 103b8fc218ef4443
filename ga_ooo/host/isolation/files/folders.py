"""The functions of ``os`` that look at files and change them, for host code in a move."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import Any, Final

from ga_ooo.host.isolation.effects import Effects
from ga_ooo.host.isolation.files.overlay import Kind, Overlay
from ga_ooo.host.isolation.files.paths import error, resolve

_NOT_BY_PATH: Final = frozenset(("dir_fd", "src_dir_fd", "dst_dir_fd"))


class NotByPathError(Exception):
    """A function was asked about an open file, or a path relative to one."""


def path_of(thing: Any, options: dict[str, Any], *, follow: bool = True) -> str:
    """The path that a function of ``os`` was given.

    Raises:
        NotByPathError: it was given something else.
    """
    relative = any(options.get(name) is not None for name in _NOT_BY_PATH)
    if relative or not isinstance(thing, str | bytes | os.PathLike):
        raise NotByPathError
    return resolve(thing, follow=follow and options.get("follow_symlinks", True))


class FolderEntry:
    """What ``os.scandir`` gives for a path that a move has changed.

    Args:
        shown: the path as the caller would join it.
        path: resolved.
    """

    def __init__(self, shown: str, path: str, overlay: Overlay) -> None:
        self.path = shown
        self.name = os.path.basename(shown)
        self._resolved = path
        self._overlay = overlay

    def __fspath__(self) -> str:
        return self.path

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """See ``os.DirEntry``."""
        return self._overlay.kind(self._resolved) is Kind.FOLDER

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """See ``os.DirEntry``."""
        return self._overlay.kind(self._resolved) is Kind.FILE

    def is_symlink(self) -> bool:
        """See ``os.DirEntry``."""
        return os.path.islink(self._resolved)

    def is_junction(self) -> bool:
        """See ``os.DirEntry``."""
        return False

    def inode(self) -> int:
        """See ``os.DirEntry``."""
        return 0

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """See ``os.DirEntry``."""
        if self._resolved in self._overlay.entries:
            return self._overlay.stat(self._resolved)
        return os.stat(self._resolved, follow_symlinks=follow_symlinks)


class FolderScan:
    """What ``os.scandir`` returns: an iterator that can be closed."""

    def __init__(self, entries: Iterator[FolderEntry]) -> None:
        self._entries = entries

    def __iter__(self) -> FolderScan:
        return self

    def __next__(self) -> FolderEntry:
        return next(self._entries)

    def __enter__(self) -> FolderScan:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """See ``os.scandir``."""


class FolderCalls:
    """Each method stands in for the function of ``os`` that it is named after.

    A method is called with the effects of the move that calls, and the real function.

    Raises:
        NotByPathError: the function is to be called as it is.
    """

    def stat(self, effects: Effects, own: Any, path: Any, **options: Any) -> Any:
        """See ``os.stat``."""
        return self._look(effects, own, path, options, follow=True)

    def lstat(self, effects: Effects, own: Any, path: Any, **options: Any) -> Any:
        """See ``os.lstat``."""
        return self._look(effects, own, path, options, follow=False)

    def access(self, effects: Effects, own: Any, path: Any, mode: int, **options: Any) -> Any:
        """See ``os.access``."""
        found = path_of(path, options)
        if found in effects.overlay.entries or effects.overlay.is_gone(found):
            return effects.overlay.kind(found) is not None
        effects.reading(found)
        return own(path, mode, **options)

    def listdir(self, effects: Effects, own: Any, path: Any = ".") -> list[Any]:
        """See ``os.listdir``."""
        names = effects.overlay.names(path_of(path, {}))
        return [os.fsencode(name) for name in names] if isinstance(path, bytes) else names

    def scandir(self, effects: Effects, own: Any, path: Any = ".") -> FolderScan:
        """See ``os.scandir``."""
        folder, shown = path_of(path, {}), os.fsdecode(path)
        names = effects.overlay.names(folder)
        return FolderScan(
            FolderEntry(os.path.join(shown, name), os.path.join(folder, name), effects.overlay)
            for name in names
        )

    def mkdir(self, effects: Effects, own: Any, path: Any, mode: int = 0o777, **more: Any) -> None:
        """See ``os.mkdir``."""
        effects.overlay.make_folder(path_of(path, more))

    def rmdir(self, effects: Effects, own: Any, path: Any, **more: Any) -> None:
        """See ``os.rmdir``."""
        effects.overlay.remove_folder(path_of(path, more, follow=False))

    def remove(self, effects: Effects, own: Any, path: Any, **more: Any) -> None:
        """See ``os.remove``."""
        effects.overlay.remove(path_of(path, more, follow=False))

    unlink = remove

    def rename(self, effects: Effects, own: Any, old: Any, new: Any, **more: Any) -> None:
        """See ``os.rename``."""
        effects.overlay.rename(path_of(old, more, follow=False), path_of(new, more, follow=False))

    replace = rename

    def listxattr(self, effects: Effects, own: Any, path: Any = None, **options: Any) -> Any:
        """See ``os.listxattr``; what a move has written carries no extended attributes."""
        found = path_of(path, options)
        if found in effects.overlay.entries or effects.overlay.is_gone(found):
            return []
        return own(path, **options)

    def truncate(self, effects: Effects, own: Any, path: Any, length: int) -> None:
        """See ``os.truncate``."""
        found = path_of(path, {})
        if effects.overlay.kind(found) is not Kind.FILE:
            raise error(errno.ENOENT, found)
        content = effects.overlay.open_for_writing(found, keep=True, blind=False).content
        del content[length:]
        content.extend(bytes(length - len(content)))

    def utime(self, effects: Effects, own: Any, path: Any, *args: Any, **options: Any) -> None:
        """See ``os.utime``."""
        self._keep(effects, own, path, args, options)

    def chmod(self, effects: Effects, own: Any, path: Any, *args: Any, **options: Any) -> None:
        """See ``os.chmod``."""
        self._keep(effects, own, path, args, options)

    def link(self, effects: Effects, own: Any, *args: Any, **options: Any) -> None:
        """See ``os.link``."""
        effects.act_now("it makes a link")
        own(*args, **options)

    symlink = link

    def rmtree(self, effects: Effects, own: Any, path: Any, *args: Any, **options: Any) -> None:
        """See ``shutil.rmtree``."""
        found = path_of(path, options, follow=False)
        try:
            effects.overlay.remove_tree(found)
        except OSError:
            if not (args and args[0]) and not options.get("ignore_errors"):
                raise

    def touch(
        self, effects: Effects, own: Any, path: Any, mode: int = 0o666, exist_ok: bool = True
    ) -> None:
        """See ``pathlib.Path.touch``."""
        found = path_of(path, {})
        if not exist_ok and effects.overlay.kind(found) is not None:
            raise error(errno.EEXIST, found)
        effects.overlay.open_for_writing(found, keep=True, blind=True)

    def _look(
        self, effects: Effects, own: Any, path: Any, options: dict[str, Any], *, follow: bool
    ) -> Any:
        found = path_of(path, options, follow=follow)
        if found in effects.overlay.entries or effects.overlay.is_gone(found):
            return effects.overlay.stat(found)
        effects.reading(found)
        return own(path, **options)

    def _keep(
        self, effects: Effects, own: Any, path: Any, args: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        """Do it when the turn of the move has come, unless the path is gone by then."""
        path_of(path, options)
        if effects.is_rehearsed:
            return

        def change(keep: object) -> None:
            if os.path.lexists(path):
                own(path, *args, **options)

        effects.later.append(change)
