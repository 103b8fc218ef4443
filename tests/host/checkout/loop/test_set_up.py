"""What a main block does between the constructor of the server and its first command."""

from __future__ import annotations

import ast

import pytest

from ga_ooo.host.checkout.loop.set_up import SetUp, read_set_up, refusal_of_set_up

BLOCK = """
if __name__ == "__main__":
  origin = input("origin? ")
  target = input("target? ")
  mood = input("mood? ")
  rs = ReverieServer(origin, target, 3)
  {}
  rs.open_server()
  print("the end")
"""


def found(*statements: str) -> SetUp:
    return read_set_up(ast.parse(BLOCK.format("\n  ".join(statements) or "pass")))


def test_statements_between_constructor_and_command() -> None:
    work = found("rs.debug = True", "for p in rs.personas.values():\n    p.note(origin, target)")
    assert ast.unparse(work.statements[0]) == "rs.debug = True"
    assert len(work.statements) == 2
    assert (work.server, work.names, work.missing) == ("rs", ("origin", "target"), ())
    assert refusal_of_set_up(work) is None


def test_statements_that_need_answers_of_the_user() -> None:
    work = found("rs.mood = mood")
    refusal = refusal_of_set_up(work)
    assert (
        refusal is not None and "line 7: the main block sets up the server with mood" in refusal[0]
    )


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "if __name__ == '__main__':\n  print('no server')",
        "if __name__ == '__main__':\n  rs = ReverieServer('a', 'b')\n  print(rs)",
        "if __name__ == '__main__':\n  rs = ReverieServer('a', 'b')\n  rs.start_server(9)",
    ],
)
def test_main_blocks_without_such_statements(source: str) -> None:
    assert read_set_up(ast.parse(source)) == SetUp(server="rs" if "rs" in source else "")


def test_a_server_that_is_made_in_an_inner_block() -> None:
    source = """
if __name__ == "__main__":
  try:
    rs = ReverieServer("a", "b")
    rs.debug = True
    rs.open_server()
  except KeyboardInterrupt:
    pass
"""
    assert [ast.unparse(each) for each in read_set_up(ast.parse(source)).statements] == [
        "rs.debug = True"
    ]
